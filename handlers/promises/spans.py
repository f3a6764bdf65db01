"""Lengths of time as they are written in the settings: 24h, 15min, 3 days, 25%."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

LONGEST = timedelta(days=3660)
_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{1,4})?)\s*(min|minutes?|h|hours?|d|days?)", re.ASCII)
_SHARE = re.compile(r"(\d{1,3})\s*%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Either so much `time`, or a number of `days`: working days where working time counts."""

    time: timedelta = timedelta(0)
    days: int = 0

    @classmethod
    def parse(cls, text: object) -> Span:
        """Read `24h`, `15min` or `3 days`; raises ValueError saying what is wrong."""
        if isinstance(text, (int, float)):
            raise ValueError(f"{text} needs a unit: {text}h, {text}min or {text} days")
        found = _LENGTH.fullmatch(str(text).strip())
        if found is None:
            raise ValueError(f"'{text}' is no length of time; write 24h, 15min or 3 days")
        number, unit = float(found[1]), found[2][0]
        if unit == "d" and not number.is_integer():
            raise ValueError(f"'{text}': only whole days can be counted; write hours")
        span = cls(days=int(number)) if unit == "d" else cls(_time(number, unit))
        if span == cls():
            raise ValueError(f"'{text}' is no time at all")
        if max(span.time, timedelta(days=min(span.days, LONGEST.days + 1))) > LONGEST:
            raise ValueError(f"'{text}' is longer than ten years")
        return span


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, from 1 to 99 percent."""

    percent: int

    @classmethod
    def parse(cls, text: str) -> Share:
        """Read `25%`; raises ValueError saying what is wrong."""
        found = _SHARE.fullmatch(text.strip())
        if found is None or not 1 <= int(found[1]) <= 99:
            raise ValueError(f"'{text}' is no share; write 1% to 99%")
        return cls(int(found[1]))


def parse_warning(text: object) -> Span | Share:
    """Read how long before its end a promise is warned of: `2h`, or a share of the promise: `25%`."""
    return Share.parse(text) if isinstance(text, str) and "%" in text else Span.parse(text)


def _time(number: float, unit: str) -> timedelta:
    hours = number if unit == "h" else number / 60
    return timedelta(seconds=round(min(hours, LONGEST / timedelta(hours=1) + 1) * 3600))
