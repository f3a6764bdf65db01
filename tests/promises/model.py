"""The slow and obvious model of working time: every minute is looked at on its own."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

Opened = Callable[[date], Iterable[tuple[str, str]]]
"""The shifts of a day as pairs of clock times, the second perhaps of the next morning."""


def minutes(time: str) -> int:
    """Minutes after midnight of a clock time."""
    hour, minute = time.split(":")
    return int(hour) * 60 + int(minute)


def stretches(day: date, opened: Opened) -> list[tuple[int, int]]:
    """The minutes of the day that are open: its own shifts, and what yesterday's reach over midnight."""
    found = []
    for start, end in opened(day):
        first, last = minutes(start), minutes(end)
        found.append((first, last if last > first else 1440))
    for start, end in opened(day - timedelta(days=1)):
        if minutes(end) <= minutes(start):
            found.append((0, minutes(end)))
    return found


class Minutes:
    """Every minute from a day (UTC) on, open or not."""

    def __init__(self, zone: str, opened: Opened, first: datetime, days: int) -> None:
        self.first = first
        self.last = first + timedelta(days=days)
        self.open = []
        place, start = ZoneInfo(zone), int(first.timestamp())
        known = date.min
        for second in range(start, start + days * 86_400, 60):
            wall = datetime.fromtimestamp(second, place)
            if (today := wall.date()) != known:
                known, today_open = today, stretches(today, opened)
            now = wall.hour * 60 + wall.minute
            self.open.append(any(begin <= now < end for begin, end in today_open))
        self.before = list(accumulate(self.open, initial=0))

    def seconds_until(self, at: datetime) -> int:
        """Open seconds from the first minute to the moment."""
        minute, second = divmod(int((at - self.first).total_seconds()), 60)
        return self.before[minute] * 60 + (second if second and self.open[minute] else 0)

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """Open time between two moments."""
        return timedelta(seconds=self.seconds_until(end) - self.seconds_until(begin))

    def add(self, start: datetime, length: timedelta) -> datetime | None:
        """The first moment at which so much has passed; None beyond the last minute of the model."""
        wanted = self.seconds_until(start) + int(length.total_seconds())
        if not length:
            return start
        minute = bisect_left(self.before, -(-wanted // 60)) - 1  # the minute in which it is reached
        if minute >= len(self.open):
            return None
        return self.first + timedelta(seconds=minute * 60 + wanted - self.before[minute] * 60)

    def next_open(self, at: datetime) -> datetime | None:
        """That moment if it is open, otherwise the next minute that is."""
        minute, rest = divmod(at - self.first, timedelta(minutes=1))
        if minute < len(self.open) and self.open[minute]:
            return at
        found = next((n for n in range(minute + bool(rest), len(self.open)) if self.open[n]), None)
        return None if found is None else self.first + timedelta(minutes=found)


def utc(text: str) -> datetime:
    """An aware UTC moment of an ISO text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
