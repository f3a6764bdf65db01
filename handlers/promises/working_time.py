"""Working time: how much of it passes between two moments, and when so much of it has passed.

A moment is open when the clock on the wall of the service's zone stands in a shift. What happens at clock
changes follows from that: an hour that the clock skips is nobody's, one that it repeats counts each time.
Everything is integer arithmetic on the open stretches of a year (UTC), which are worked out once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import structlog

from handlers.promises.days import Days

log = structlog.get_logger()

SECOND = 1_000_000
"""Instants and lengths are counted in microseconds inside."""
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = timedelta(microseconds=1)
_NIGHT = timedelta(days=2)
"""So far around a UTC year its local days can lie, with a shift over midnight."""
Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Year:
    """The open stretches of a UTC year, and the open time before each; the last of `before` is the year's."""

    starts: list[int]
    ends: list[int]
    before: list[int]

    def until(self, moment: int) -> int:
        """Open time of the year before the moment."""
        at = bisect_right(self.starts, moment) - 1
        return 0 if at < 0 else self.before[at] + min(moment, self.ends[at]) - self.starts[at]

    def moment(self, passed: int) -> int:
        """The first moment at which so much (more than nothing) of the year's open time has passed."""
        at = bisect_left(self.before, passed) - 1
        return self.starts[at] + passed - self.before[at]


class WorkingTime:
    """The service's working time in its zone. Moments are aware; those given back are UTC."""

    def __init__(self, days: Days, zone: str) -> None:
        self.days = days
        self.zone = ZoneInfo(zone)
        self._years: dict[int, Year] = {}
        self._ends: dict[date, datetime | None] = {}

    def add(self, start: datetime, length: timedelta) -> datetime:
        """The first moment at which so much working time has passed since the start."""
        if length < timedelta(0):
            raise ValueError("working time cannot be taken away")
        if not length:
            return start.astimezone(UTC)
        moment, year = _count(start), start.astimezone(UTC).year
        passed = self._year(year).until(moment) + length // _ONE
        while passed > (whole := self._year(year).before[-1]):
            passed, year = passed - whole, year + 1
        return _instant(self._year(year).moment(passed))

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """Working time from one moment to the other; negative where the other came first."""
        if end < begin:
            return -self.between(end, begin)
        first, last = begin.astimezone(UTC).year, end.astimezone(UTC).year
        whole = sum(self._year(year).before[-1] for year in range(first, last))
        passed = self._year(last).until(_count(end)) - self._year(first).until(_count(begin))
        return (whole + passed) * _ONE

    def is_open(self, at: datetime) -> bool:
        """Whether people work at that moment; the moment a shift ends it is over."""
        year, moment = self._year(at.astimezone(UTC).year), _count(at)
        found = bisect_right(year.starts, moment) - 1
        return found >= 0 and moment < year.ends[found]

    def next_open(self, at: datetime) -> datetime:
        """That moment where people work at it, otherwise the moment the next shift begins."""
        at = at.astimezone(UTC)
        if self.is_open(at):
            return at
        number, moment = at.year, _count(at)
        while (found := bisect_right(self._year(number).starts, moment)) == len(self._year(number).starts):
            number += 1
        return _instant(self._year(number).starts[found])

    def add_days(self, start: datetime, days: int) -> datetime:
        """When people stop working on the last of so many working days; the start's own day is not counted.

        So periods in days are counted in China (Civil Code, articles 201 and 203).
        """
        day = start.astimezone(self.zone).date()
        closing = start.astimezone(UTC)
        while days > 0:
            day += timedelta(days=1)
            closes = self._closes(day)
            if closes is not None:
                closing, days = closes, days - 1
        return closing

    def unknown_years(self, now: datetime, ahead: timedelta) -> list[int]:
        """The years from now until then whose public holidays are not known, so that plain weekdays count."""
        first, last = now.astimezone(self.zone).year, (now + ahead).astimezone(self.zone).year
        return [year for year in range(first, last + 1) if not self.days.knows(year)]

    def _year(self, number: int) -> Year:
        if number not in self._years:
            if not self.days.knows(number):
                log.warning("calendar.year_unknown", year=number, counted="plain weekdays")
            self._years[number] = self._laid_out(number)
        return self._years[number]

    def _laid_out(self, number: int) -> Year:
        begin, end = datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC)
        first, last = begin.date() - _NIGHT, end.date() + _NIGHT
        found = self._on_the_line(_on_the_wall(self.days, first, last), begin - _NIGHT, end + _NIGHT)
        floor, ceiling = _count(begin), _count(end)
        cut = [(max(a, floor), min(b, ceiling)) for a, b in found if a < ceiling and b > floor]
        starts, ends = [a for a, _ in cut], [b for _, b in cut]
        return Year(starts, ends, list(accumulate((b - a for a, b in cut), initial=0)))

    def _closes(self, day: date) -> datetime | None:
        """When the last shift that begins on that local day ends; None on a day off."""
        if day not in self._ends:
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            wall = _on_the_wall(self.days, day, day)
            found = self._on_the_line(wall, noon - _NIGHT, noon + 2 * _NIGHT)
            self._ends[day] = _instant(found[-1][1]) if found else None
        return self._ends[day]

    def _on_the_line(self, wall: list[Stretch], begin: datetime, end: datetime) -> list[Stretch]:
        """Stretches of wall time as stretches of UTC, in order; a repeated hour gives two."""
        found = []
        for since, until, offset in self._offsets(_count(begin), _count(end)):
            for opens, closes in wall:
                start, stop = max(opens - offset, since), min(closes - offset, until)
                if start < stop:
                    found.append((start, stop))
        return _joined(found)

    def _offsets(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """From when until when the zone stands how far before UTC."""
        since, offset = begin, self._offset(begin)
        for at in range(begin + DAY, end + DAY, DAY):
            if self._offset(at) != offset:
                change = self._change(at - DAY, at)
                yield since, change, offset
                since, offset = change, self._offset(at)
        yield since, end + DAY, offset

    def _change(self, before: int, after: int) -> int:
        """The second at which the zone's clock changes, which lies between the two."""
        old = self._offset(before)
        while after - before > SECOND:
            middle = (before + after) // 2 // SECOND * SECOND
            before, after = (middle, after) if self._offset(middle) == old else (before, middle)
        return after

    def _offset(self, moment: int) -> int:
        offset = _instant(moment).astimezone(self.zone).utcoffset()
        assert offset is not None
        return offset // _ONE


class RoundTheClock:
    """Time that never stops, with the operations of working time; a day is 24 hours."""

    def add(self, start: datetime, length: timedelta) -> datetime:
        """The moment so much later."""
        return start.astimezone(UTC) + length

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """The time from one moment to the other."""
        return end.astimezone(UTC) - begin

    def add_days(self, start: datetime, days: int) -> datetime:
        """The moment so many times 24 hours later."""
        return self.add(start, timedelta(days=days))


def _on_the_wall(days: Days, first: date, last: date) -> list[Stretch]:
    """The shifts that begin on these days, as the clock on the wall counts; those that overlap are one."""
    epoch = _EPOCH.toordinal()
    found = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        midnight = (ordinal - epoch) * DAY
        for shift in days.shifts(date.fromordinal(ordinal)):
            found.append((midnight + shift.start * 60 * SECOND, midnight + shift.end * 60 * SECOND))
    return _joined(found)


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _count(moment: datetime) -> int:
    return (moment - _EPOCH) // _ONE


def _instant(count: int) -> datetime:
    return _EPOCH + count * _ONE
