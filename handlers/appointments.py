"""Appointments 预约: whether a visit can come when the customer wishes, and the nearest times it can (C5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Annotated, Protocol

from pydantic import AfterValidator, Field

from handlers.promises.shifts import parse_shifts
from handlers.section import Section
from handlers.vocabulary import spoken_time

PAST = "utter_appointment_past"
TOO_SOON = "utter_appointment_too_soon"
TOO_FAR = "utter_appointment_too_far"
DAY_OFF = "utter_appointment_day_off"
OUTSIDE_HOURS = "utter_appointment_outside_hours"
FULL = "utter_appointment_full"


def _readable(windows: tuple[str, ...]) -> tuple[str, ...]:
    parse_shifts(windows)
    return windows


class AppointmentSettings(Section):
    """The section `appointments`: the windows of a day in which visits come, and how many."""

    windows: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_readable)] = (
        "08:30-10:00", "10:00-12:00", "13:30-15:30", "15:30-17:30", "17:30-19:30",
    )  # fmt: skip
    visits_per_window: Annotated[int, Field(ge=1)] = 4
    notice_hours: Annotated[float, Field(ge=0)] = 2
    days_ahead: Annotated[int, Field(ge=1, le=180)] = 30
    alternatives: Annotated[int, Field(ge=1, le=10)] = 3


class Calendar(Protocol):
    """When people work."""

    def is_open(self, at: datetime) -> bool:
        """Whether that moment is working time."""
        ...


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From a moment to a later one, both aware; a wish may be one moment."""

    start: datetime
    end: datetime

    def meets(self, other: Window) -> bool:
        """Whether half of the shorter one lies in the other, or the moment does."""
        shared = min(self.end, other.end) - max(self.start, other.start)
        if other.start == other.end or self.start == self.end:
            return self.start <= other.start < self.end
        return shared * 2 >= min(self.end - self.start, other.end - other.start)


@dataclass(frozen=True, slots=True)
class Answer:
    """The free windows in the wish; or why there is none, and the nearest free ones instead."""

    windows: tuple[Window, ...]
    reason: str | None = None
    """The name of the response that says why not."""
    nearest: tuple[Window, ...] = ()


def check(
    wish: Window,
    now: datetime,
    zone: tzinfo,
    calendar: Calendar,
    booked: Mapping[datetime, int],
    settings: AppointmentSettings,
) -> Answer:
    """Whether a visit can come in the wished time; `booked` counts visits by the start of their window."""
    book = _Book(now, zone, calendar, booked, settings)
    reason, free = book.answer(wish)
    if reason is None:
        return Answer(tuple(free))
    distance = sorted(book.all_free(), key=lambda one: (abs(one.start - wish.start), one.start))
    return Answer((), reason, tuple(sorted(distance[: settings.alternatives])))


def nearest(
    now: datetime,
    zone: tzinfo,
    calendar: Calendar,
    booked: Mapping[datetime, int],
    settings: AppointmentSettings,
) -> tuple[Window, ...]:
    """The first free windows, as many as alternatives are offered."""
    return tuple(islice(_Book(now, zone, calendar, booked, settings).all_free(), settings.alternatives))


def spoken(window: Window, local_now: datetime, language: str) -> str:
    """A window as one says it: tomorrow 13:30–15:30."""
    zone = local_now.tzinfo
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    return f"{spoken_time(start, local_now, language)}–{end:%H:%M}"


@dataclass(frozen=True, slots=True)
class _Book:
    now: datetime
    zone: tzinfo
    calendar: Calendar
    booked: Mapping[datetime, int]
    settings: AppointmentSettings

    def answer(self, wish: Window) -> tuple[str | None, list[Window]]:
        if max(wish.end, wish.start) <= self.now:
            return PAST, []
        if wish.start > self._latest:
            return TOO_FAR, []
        days = self._days(wish.start, max(wish.start, wish.end - timedelta(minutes=1)))
        windows = [window for day in days for window in self._of(day)]
        open_ones = [window for window in windows if self._open(window)]
        if not open_ones:
            return DAY_OFF, []
        meant = [window for window in open_ones if window.meets(wish)]
        if not meant:
            return OUTSIDE_HOURS, []
        near = [window for window in meant if window.start <= self._latest]
        in_time = [window for window in near if window.start >= self._earliest]
        if not in_time:
            return TOO_SOON if near else TOO_FAR, []
        free = [window for window in in_time if self._free(window)]
        return (None, free) if free else (FULL, [])

    def all_free(self) -> Iterator[Window]:
        """Every free window from the notice on, as far ahead as one may book."""
        for day in self._days(self.now, self._latest):
            for window in self._of(day):
                if (
                    self._earliest <= window.start <= self._latest
                    and self._open(window)
                    and self._free(window)
                ):
                    yield window

    @property
    def _earliest(self) -> datetime:
        return self.now + timedelta(hours=self.settings.notice_hours)

    @property
    def _latest(self) -> datetime:
        return self.now + timedelta(days=self.settings.days_ahead)

    def _days(self, first: datetime, last: datetime) -> Iterator[date]:
        day, end = first.astimezone(self.zone).date(), last.astimezone(self.zone).date()
        while day <= end:
            yield day
            day += timedelta(days=1)

    def _of(self, day: date) -> Iterator[Window]:
        midnight = datetime.combine(day, time(), self.zone)
        for shift in parse_shifts(self.settings.windows):
            yield Window(midnight + timedelta(minutes=shift.start), midnight + timedelta(minutes=shift.end))

    def _open(self, window: Window) -> bool:
        return self.calendar.is_open(window.start) and self.calendar.is_open(
            window.end - timedelta(minutes=1)
        )

    def _free(self, window: Window) -> bool:
        return self.booked.get(window.start, 0) < self.settings.visits_per_window
