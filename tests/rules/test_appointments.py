"""Appointments: past, too soon, too far, day off, outside hours, full; the nearest free times (C5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import appointments
from handlers.appointments import Answer, AppointmentSettings, Window, check, spoken
from handlers.promises import standard

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=ZONE)  # a Wednesday
SETTINGS = AppointmentSettings(
    windows=("08:30-10:30", "10:30-12:30", "13:30-15:30", "15:30-17:30"), visits_per_window=2, days_ahead=14
)


class Weekdays:
    """Open from Monday to Friday, 8:30 to 17:30, but not on the sixth."""

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(ZONE)
        return (
            local.weekday() < 5
            and local.day != 6
            and 8 * 60 + 30 <= local.hour * 60 + local.minute < 17 * 60 + 30
        )


def at(day: int, clock: str, month: int = 3) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def ask(start: datetime, end: datetime | None = None, booked: dict[datetime, int] | None = None) -> Answer:
    return check(Window(start, end or start), NOW, ZONE, Weekdays(), booked or {}, SETTINGS)


def said(answer: Answer) -> list[str]:
    return [spoken(window, NOW, "zh") for window in answer.windows or answer.nearest]


def test_a_free_time_is_taken() -> None:
    """C5: a moment, a stretch inside a window, an afternoon, a whole day."""
    assert said(ask(at(5, "14:00"))) == ["明天 13:30–15:30"]
    assert said(ask(at(5, "14:00"), at(5, "15:00"))) == ["明天 13:30–15:30"]
    assert said(ask(at(5, "13:00"), at(5, "18:00"))) == ["明天 13:30–15:30", "明天 15:30–17:30"]
    assert len(ask(at(5, "00:00"), at(6, "00:00")).windows) == 4


SOON = ["今天 13:30", "今天 15:30", "明天 08:30"]
THURSDAY = ["明天 10:30", "明天 13:30", "明天 15:30"]


@pytest.mark.parametrize(
    ("start", "end", "reason", "nearest"),
    [
        (at(3, "14:00"), None, appointments.PAST, SOON),
        (at(4, "10:30"), at(4, "12:30"), appointments.TOO_SOON, SOON),
        (at(30, "10:00"), None, appointments.TOO_FAR, ["3月17日 13:30", "3月17日 15:30", "3月18日 08:30"]),
        (at(6, "14:00"), None, appointments.DAY_OFF, THURSDAY),
        (at(7, "14:00"), None, appointments.DAY_OFF, ["明天 15:30", "3月9日 08:30", "3月9日 10:30"]),
        (at(5, "20:00"), None, appointments.OUTSIDE_HOURS, THURSDAY),
        (at(5, "12:40"), at(5, "13:20"), appointments.OUTSIDE_HOURS, THURSDAY),
    ],
)
def test_what_cannot_be_has_a_reason_and_the_nearest_times(
    start: datetime, end: datetime | None, reason: str, nearest: list[str]
) -> None:
    """C5: in the past, too soon, too far ahead, a holiday, a weekend, outside hours."""
    answer = ask(start, end)
    assert answer.reason == reason
    assert [words.partition("–")[0] for words in said(answer)] == nearest


def test_a_full_window_offers_its_neighbours() -> None:
    """C5: full is said, and the free ones beside it are offered."""
    full = {at(5, "13:30"): 2, at(5, "15:30"): 1}
    answer = ask(at(5, "14:00"), booked=full)
    assert answer.reason == appointments.FULL
    assert said(answer) == ["明天 08:30–10:30", "明天 10:30–12:30", "明天 15:30–17:30"]
    assert said(ask(at(5, "13:00"), at(5, "18:00"), booked=full)) == ["明天 15:30–17:30"]


moments = st.integers(-12 * 24 * 60, 37 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(moments, st.integers(0, 2880), st.dictionaries(st.integers(0, 60), st.integers(0, 2)))
def test_whatever_is_offered_can_be_had(start: datetime, minutes: int, full: dict[int, int]) -> None:
    """C5: free, open, after the notice, not too far; and a reason always comes with what is left."""
    every = [at(day, clock) for day in range(4, 19) for clock in ("08:30", "10:30", "13:30", "15:30")]
    booked = {every[place]: count for place, count in full.items() if place < len(every)}
    answer = check(Window(start, start + timedelta(minutes=minutes)), NOW, ZONE, Weekdays(), booked, SETTINGS)
    assert (answer.reason is None) == bool(answer.windows)
    for window in (*answer.windows, *answer.nearest):
        assert booked.get(window.start, 0) < 2
        assert Weekdays().is_open(window.start)
        assert NOW + timedelta(hours=2) <= window.start <= NOW + timedelta(days=14)
    if answer.reason:
        assert answer.nearest == tuple(sorted(answer.nearest))
        assert len(answer.nearest) == 3


def test_the_shipped_windows_lie_in_the_shipped_working_time() -> None:
    """C5: on a plain working day every window can be had, on a public holiday none."""
    calendar, settings = standard().working_time, AppointmentSettings()
    monday = Window(at(9, "00:00"), at(10, "00:00"))
    assert len(check(monday, NOW, ZONE, calendar, {}, settings).windows) == len(settings.windows)
    labour_day = Window(at(1, "00:00", month=5), at(2, "00:00", month=5))
    assert (
        check(labour_day, at(20, "09:00", month=4), ZONE, calendar, {}, settings).reason
        == appointments.DAY_OFF
    )
