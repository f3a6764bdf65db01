"""Days as customers tell them: exactly, to the month or year, or roughly; and months counted on them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

State = Literal["in_warranty", "out_of_warranty", "unknown"]
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_AGES = {"within_1y": (12, 0, 0), "from_1_to_3y": (36, 12, 1), "over_3y": (12 * 40, 36, 1)}
"""Rough ages: from so many months ago to so many and so many days."""


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day that may be meant."""

    first: date
    last: date

    @property
    def exact(self) -> bool:
        """Whether it is one day."""
        return self.first == self.last


def told(value: str | None, today: date) -> Span | None:
    """The days meant by an ISO day, month or year, or a rough age, up to today; None for anything else."""
    if value in _AGES:
        most, least, days = _AGES[value]
        return Span(plus_months(today, -most), plus_months(today, -least) - timedelta(days=days))
    match = _ISO.fullmatch(value or "")
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        return None
    return Span(first, max(first, min(last, today)))


def plus_months(day: date, months: int) -> date:
    """The same day so many months later, or the month's last where it has no such day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def judge(start: Span, months: int, extra_days: int, today: date) -> State:
    """Whether today lies within the months from the start (the last day counts), where that is certain."""
    extra = timedelta(days=extra_days)
    if today <= plus_months(start.first, months) + extra:
        return "in_warranty"
    if today > plus_months(start.last, months) + extra:
        return "out_of_warranty"
    return "unknown"
