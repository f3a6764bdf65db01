"""Shifts: the hours of a day in which people work."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

DAY = 24 * 60
"""Minutes from one midnight to the next on the clock on the wall."""
_WRITTEN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """From `start` to `end`, in minutes after midnight of its day; over midnight `end` is more than a day."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Shift:
        """Read `08:30-12:00`; `22:00-06:00` ends the next morning. Raises ValueError saying what is wrong."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"'{text}' is no shift; write 08:30-12:00, over midnight 22:00-06:00")
        hour, minute, last_hour, last_minute = map(int, found.groups())
        start, end = hour * 60 + minute, last_hour * 60 + last_minute
        if max(minute, last_minute) > 59 or start >= DAY or end > DAY:
            raise ValueError(f"'{text}' has a time that no clock shows (00:00 to 24:00)")
        if start == end:
            raise ValueError(f"'{text}' begins and ends at the same time; a whole day is 00:00-24:00")
        return cls(start, end if end > start else end + DAY)


def parse_shifts(texts: Iterable[str]) -> tuple[Shift, ...]:
    """One day's shifts in order; raises ValueError where two of them overlap."""
    shifts = tuple(sorted(Shift.parse(text) for text in texts))
    for before, after in pairwise(shifts):
        if after.start < before.end:
            raise ValueError(f"shifts overlap: {spoken(before)} and {spoken(after)}")
    return shifts


def spoken(shift: Shift) -> str:
    """The shift as it is written in the settings."""
    hours, end = divmod(shift.start, 60), shift.end if shift.end <= DAY else shift.end - DAY
    return f"{hours[0]:02}:{hours[1]:02}-{end // 60:02}:{end % 60:02}"
