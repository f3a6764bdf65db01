"""E5: shifts, days and lengths of time as operators write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.promises.days import Days
from handlers.promises.shifts import Shift, parse_shifts, spoken
from handlers.promises.spans import Share, Span, parse_warning
from tests.promises.notices import kind_of

WEEK = tuple(parse_shifts([f"0{n}:00-12:00"]) for n in range(1, 8))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("08:30-12:00", 510, 720),
        ("8:30 - 12:00", 510, 720),
        ("13:30–20:30", 810, 1230),
        ("00:00-24:00", 0, 1440),
        ("22:00-06:00", 1320, 1800),
        ("22:00-00:00", 1320, 1440),
        ("22:00-24:00", 1320, 1440),
    ],
)
def test_shifts_are_read(text: str, start: int, end: int) -> None:
    assert Shift.parse(text) == Shift(start, end)
    assert Shift.parse(spoken(Shift(start, end))) == Shift(start, end)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nine to five", "'nine to five' is no shift"),
        ("08:30", "'08:30' is no shift"),
        ("08:30-12:60", "no clock shows"),
        ("25:00-26:00", "no clock shows"),
        ("24:00-06:00", "no clock shows"),
        ("20:00-24:30", "no clock shows"),
        ("08:00-08:00", "begins and ends at the same time; a whole day is 00:00-24:00"),
        ("", "is no shift"),
    ],
)
def test_bad_shifts_are_explained(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Shift.parse(text)


def test_shifts_of_a_day_come_in_order_and_do_not_overlap() -> None:
    assert parse_shifts(["13:30-20:30", "08:30-12:00"]) == (Shift(510, 720), Shift(810, 1230))
    assert parse_shifts(["08:00-12:00", "12:00-13:00"]) == (Shift(480, 720), Shift(720, 780))
    with pytest.raises(ValueError, match="shifts overlap: 08:30-12:00 and 11:00-15:00"):
        parse_shifts(["11:00-15:00", "08:30-12:00"])


def test_every_day_is_what_the_notices_say() -> None:
    """E5: public holidays and shifted workdays of 2024 to 2026, day by day; own days go before them."""
    holiday, shifted, own = (parse_shifts([text]) for text in ("01:00-02:00", "02:00-03:00", "03:00-04:00"))
    our_day = date(2024, 10, 1)
    days = Days(WEEK, shifted, holiday, chinese=True, own={our_day: own, date(2024, 10, 8): ()})  # type: ignore[arg-type]
    plain = Days(WEEK, shifted, holiday)  # type: ignore[arg-type]
    for number in range(3 * 365 + 1):
        day = date(2024, 1, 1) + timedelta(days=number)
        kinds = {"holiday": holiday, "shifted": shifted, None: WEEK[day.weekday()]}
        expected = {our_day: own, date(2024, 10, 8): ()}.get(day, kinds[kind_of(day)])
        assert days.shifts(day) == expected, day
        assert plain.shifts(day) == WEEK[day.weekday()]


def test_a_week_without_any_shift_is_refused() -> None:
    with pytest.raises(ValueError, match="no day of the week has a shift"):
        Days(((),) * 7, shifted=parse_shifts(["08:00-09:00"]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("24h", Span(timedelta(hours=24))),
        ("1.5 hours", Span(timedelta(minutes=90))),
        ("15min", Span(timedelta(minutes=15))),
        ("1 minute", Span(timedelta(minutes=1))),
        ("3 days", Span(days=3)),
        ("1 day", Span(days=1)),
        ("5d", Span(days=5)),
    ],
)
def test_lengths_of_time_are_read(text: str, span: Span) -> None:
    assert Span.parse(text) == span


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (24, "24 needs a unit: 24h, 24min or 24 days"),
        ("24", "'24' is no length of time; write 24h, 15min or 3 days"),
        ("soon", "'soon' is no length of time"),
        ("-2h", "is no length of time"),
        ("3 dayz", "is no length of time"),
        ("2h30", "is no length of time"),
        ("0h", "'0h' is no time at all"),
        ("0 days", "is no time at all"),
        ("1.5 days", "only whole days can be counted; write hours"),
        ("4000 days", "is longer than ten years"),
        ("999999999h", "is longer than ten years"),
        ("999999999 days", "is longer than ten years"),
        ("２４h", "is no length of time"),
        (None, "'None' is no length of time"),
        ([1], "is no length of time"),
    ],
)
def test_bad_lengths_are_explained(text: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Span.parse(text)


def test_warnings_are_shares_or_lengths() -> None:
    """F3: a warning comes so long before the limit, or at that share of it."""
    assert parse_warning("25%") == parse_warning(" 25 % ") == Share(25)
    assert parse_warning("2h") == Span(timedelta(hours=2))
    for bad in ("0%", "100%", "150%", "-5%", "a%", "%"):
        with pytest.raises(ValueError, match="is no share; write 1% to 99%"):
            parse_warning(bad)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    for read in (Span.parse, parse_warning, Shift.parse):
        try:
            read(text)
        except ValueError as problem:
            assert str(problem)  # noqa: PT017
