"""E5: working time against the minute-by-minute model: years, clock changes, leap days, shifted workdays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from handlers.promises.days import Days
from handlers.promises.shifts import parse_shifts
from handlers.promises.working_time import RoundTheClock, WorkingTime
from tests.promises.model import Minutes, utc
from tests.promises.notices import kind_of

pytestmark = pytest.mark.xdist_group("working-time")
Shifts = tuple[tuple[str, str], ...]
OFFICE: Shifts = (("08:30", "12:00"), ("13:30", "20:30"))
SHORT: Shifts = (("09:00", "12:00"),)
NIGHT: Shifts = (("06:00", "09:15"), ("22:30", "02:30"))
EARLY: Shifts = (("00:00", "02:30"), ("03:00", "04:00"), ("21:00", "24:00"))


@dataclass(frozen=True)
class World:
    """A service somewhere, and the years in which it is looked at."""

    zone: str
    week: tuple[Shifts, ...]
    first: str
    days: int
    chinese: bool = False

    def opened(self, day: date) -> Iterable[tuple[str, str]]:
        """The shifts as the notices and the week say, without the code that is tested."""
        kind = kind_of(day) if self.chinese else None
        return {"holiday": (), "shifted": OFFICE}.get(kind or "", self.week[day.weekday()])

    def working_time(self) -> WorkingTime:
        """The code that is tested, for the same service."""
        week = tuple(parse(shifts) for shifts in self.week)
        return WorkingTime(Days(week, parse(OFFICE), (), self.chinese), self.zone)  # type: ignore[arg-type]


def parse(shifts: Shifts) -> tuple:
    return parse_shifts(f"{start}-{end}" for start, end in shifts)


WORLDS = {
    "china": World("Asia/Shanghai", (*[OFFICE] * 5, (), ()), "2024-01-10", 800, chinese=True),
    "china-saturdays": World("Asia/Urumqi", (*[OFFICE] * 5, SHORT, ()), "2025-12-20", 300, chinese=True),
    "nights": World("America/New_York", (*[NIGHT] * 4, EARLY, NIGHT, EARLY), "2023-10-20", 520),
    "berlin": World("Europe/Berlin", (*[EARLY] * 6, EARLY), "2024-02-20", 400),
    "half-hour": World(
        "Australia/Lord_Howe", (EARLY, NIGHT, OFFICE, EARLY, (), NIGHT, EARLY), "2024-02-20", 430
    ),
    "always": World("Pacific/Chatham", ((("00:00", "24:00"),),) * 7, "2024-08-01", 300),
}


@cache
def both(name: str) -> tuple[WorkingTime, Minutes]:
    world = WORLDS[name]
    return world.working_time(), Minutes(world.zone, world.opened, utc(world.first), world.days)


@st.composite
def moments(draw: st.DrawFn, name: str) -> datetime:
    """A second in the years of the world."""
    world = WORLDS[name]
    return utc(world.first) + timedelta(seconds=draw(st.integers(0, (world.days - 3) * 86_400)))


@pytest.mark.parametrize("name", WORLDS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_like_the_model(name: str, data: st.DataObject) -> None:
    """Every operation gives what counting minutes gives, to the second."""
    working, model = both(name)
    begin, end = data.draw(moments(name)), data.draw(moments(name))
    assert working.between(begin, end) == model.between(begin, end)
    assert working.is_open(begin) is model.open[int((begin - model.first).total_seconds()) // 60]
    if (expected := model.next_open(begin)) is not None:
        assert working.next_open(begin) == expected
    most = data.draw(st.sampled_from([3600, 100 * 3600, 20_000 * 3600]))
    length = timedelta(seconds=data.draw(st.integers(0, most)))
    if (due := model.add(begin, length)) is not None:
        assert working.add(begin, length) == due


@pytest.mark.parametrize("name", WORLDS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_adding_and_measuring_belong_together(name: str, data: st.DataObject) -> None:
    """Laws that need no model: what was added has passed, and no sooner; parts add up; nothing goes back."""
    working, _ = both(name)
    start = data.draw(moments(name)) + timedelta(microseconds=data.draw(st.integers(0, 999_999)))
    length = timedelta(microseconds=data.draw(st.integers(1, 10**13)))
    due = working.add(start, length)
    assert due > start
    assert working.between(start, due) == length
    assert working.between(due, start) == -length
    assert working.between(start, due - timedelta(microseconds=1)) < length
    part = length * data.draw(st.integers(0, 100)) // 100
    assert working.add(working.add(start, part), length - part) == due
    assert working.add(start, part) <= due
    later = working.next_open(start)
    assert later >= start
    assert working.is_open(later)
    assert working.between(start, later) == timedelta(0)


times = st.integers(0, 47).map(lambda n: f"{n // 2:02}:{n % 2 * 30:02}")


@st.composite
def some_shifts(draw: st.DrawFn) -> Shifts:
    """A few shifts of a day, the last perhaps over midnight."""
    edges = sorted(draw(st.lists(times, max_size=6, unique=True)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    if len(edges) % 2 and draw(st.booleans()):
        pairs.append((edges[-1], draw(times.filter(lambda t: t < edges[-1]))))
    return tuple(pairs)


INTERESTING = {
    "America/New_York": ("2024-03-08", "2024-11-01", "2023-12-28", "2024-02-26"),
    "Europe/Berlin": ("2025-03-28", "2025-10-24", "2024-12-29"),
    "Australia/Lord_Howe": ("2025-04-03", "2024-10-03", "2024-02-27"),
    "America/St_Johns": ("2006-10-27", "2007-03-09"),
    "Africa/Casablanca": ("2024-03-08", "2024-04-12"),
    "Pacific/Apia": ("2011-12-28", "2011-09-22"),
    "Asia/Kathmandu": ("2024-12-29",),
}


@settings(max_examples=60, deadline=None)
@given(
    place=st.sampled_from([(zone, day) for zone, days in INTERESTING.items() for day in days]),
    week=st.lists(some_shifts(), min_size=7, max_size=7).filter(any),
    own=st.dictionaries(st.integers(-1, 7), some_shifts(), max_size=3),
    at=st.lists(st.integers(0, 6 * 86_400), min_size=2, max_size=8),
)
def test_any_service_around_a_clock_change(
    place: tuple[str, str], week: list[Shifts], own: dict[int, Shifts], at: list[int]
) -> None:
    """Whatever the shifts: own days off, nights that meet the morning's shift, a day that a zone skips."""
    zone, day = place
    first = utc(day)
    special = {first.date() + timedelta(days=number): shifts for number, shifts in own.items()}
    opened = lambda d: special.get(d, week[d.weekday()])  # noqa: E731
    model = Minutes(zone, opened, first, 6)
    days = Days(tuple(map(parse, week)), own={d: parse(s) for d, s in special.items()})  # type: ignore[arg-type]
    working = WorkingTime(days, zone)
    moments = [first + timedelta(seconds=second) for second in sorted(at)]
    for begin, end in pairwise(moments):
        passed = model.between(begin, end)
        assert working.between(begin, end) == passed
        assert working.add(begin, passed) == model.add(begin, passed)
        assert model.next_open(begin) in (None, working.next_open(begin))


@settings(max_examples=200, deadline=None)
@given(number=st.integers(1, 60), data=st.data())
@example(number=3, data=None)
def test_working_days_are_counted_on_the_calendar(number: int, data: st.DataObject | None) -> None:
    """E5: three working days end when people go home on the third one after; the first day is free."""
    working, _ = both("china")
    start = data.draw(moments("china")) if data else utc("2024-09-26T02:00")
    assume(start < utc("2026-02-01"))
    day, left = start.astimezone(working.zone).date(), number
    while left:
        day += timedelta(days=1)
        kind = kind_of(day)
        left -= kind == "shifted" or (kind is None and day.weekday() < 5)
    closing = datetime(day.year, day.month, day.day, 20, 30, tzinfo=working.zone)
    assert working.add_days(start, number) == closing
    assert working.add_days(start, number).tzinfo is UTC


def test_shifted_workdays_of_the_national_day() -> None:
    """E5: Sunday 29 September 2024 is worked, 1 to 7 October is not, Saturday 12 October is."""
    working, _ = both("china")
    zone = ZoneInfo("Asia/Shanghai")
    saturday = datetime(2024, 9, 28, 10, tzinfo=zone)
    assert not working.is_open(saturday)
    assert working.next_open(saturday) == datetime(2024, 9, 29, 8, 30, tzinfo=zone)
    monday = datetime(2024, 9, 30, 20, tzinfo=zone)
    assert working.add(monday, timedelta(hours=1)) == datetime(2024, 10, 8, 9, 0, tzinfo=zone)
    friday = datetime(2024, 10, 11, 20, tzinfo=zone)
    assert working.add(friday, timedelta(hours=1)) == datetime(2024, 10, 12, 9, 0, tzinfo=zone)
    assert working.add_days(friday, 1) == datetime(2024, 10, 12, 20, 30, tzinfo=zone)


def test_a_length_that_ends_with_a_shift_ends_there() -> None:
    """Not at the beginning of the next one: half past eight and three and a half hours is noon."""
    working, _ = both("china")
    begin = datetime(2024, 2, 29, 8, 30, tzinfo=working.zone)
    assert working.add(begin, timedelta(hours=3.5)) == datetime(2024, 2, 29, 12, tzinfo=working.zone)
    assert not working.is_open(datetime(2024, 2, 29, 12, tzinfo=working.zone))
    with pytest.raises(ValueError, match="cannot be taken away"):
        working.add(begin, timedelta(seconds=-1))
    with pytest.raises(TypeError):
        working.add(datetime(2024, 2, 29, 8, 30), timedelta(hours=1))  # noqa: DTZ001


def test_hours_that_the_clock_skips_or_repeats() -> None:
    """A shift 01:00-02:30 in New York: one hour where two is skipped, two and a half where it repeats."""
    days = Days((parse((("01:00", "02:30"),)),) * 7)  # type: ignore[arg-type]
    working = WorkingTime(days, "America/New_York")
    spring, autumn = utc("2024-03-10T00:00"), utc("2024-11-03T00:00")
    day = timedelta(days=1)
    assert working.between(spring, spring + day) == timedelta(hours=1)
    assert working.between(autumn, autumn + day) == timedelta(hours=2, minutes=30)


def test_years_are_quick_and_small() -> None:
    """Years of working time need no walk over their minutes: a thousand sums each way in a second."""
    from time import process_time

    working, _ = both("nights")
    start = utc("2024-01-05T13:37:11")
    due = working.add(start, timedelta(hours=25_000))
    began = process_time()
    for _ in range(1000):
        assert working.between(start, due) == timedelta(hours=25_000)
        working.add(start, timedelta(hours=25_000))
    assert process_time() - began < 1


def test_years_without_published_holidays_are_plain_weekdays() -> None:
    """E5: what the library does not know is told, and Monday to Friday are worked."""
    days = Days((*[parse(OFFICE)] * 5, (), ()), parse(OFFICE), (), chinese=True)
    working = WorkingTime(days, "Asia/Shanghai")
    assert [days.knows(year) for year in (2003, 2004, 2024, 2100)] == [False, True, True, False]
    assert working.is_open(datetime(2100, 10, 1, 10, tzinfo=working.zone))  # a Friday
    assert not working.is_open(datetime(2100, 10, 2, 10, tzinfo=working.zone))
    last_day = datetime(2099, 12, 20, tzinfo=UTC)
    assert working.unknown_years(last_day, timedelta(days=30)) == [2099, 2100]
    assert working.unknown_years(utc("2024-12-20"), timedelta(days=30)) == []
    assert WorkingTime(Days(days.week), "Asia/Shanghai").unknown_years(last_day, timedelta(days=1)) == []


def test_round_the_clock() -> None:
    """The other clock: hours are hours, also where the local clock is changed."""
    clock, start = RoundTheClock(), datetime(2024, 3, 9, 12, tzinfo=ZoneInfo("America/New_York"))
    day_later = datetime(2024, 3, 10, 13, tzinfo=ZoneInfo("America/New_York"))
    assert clock.add(start, timedelta(hours=24)) == day_later == clock.add_days(start, 1)
    assert clock.between(start, day_later) == timedelta(hours=24)
