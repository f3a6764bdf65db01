"""The settings of promises: `calendar`, `promises` and `regions` in `config.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from handlers.promises.days import WEEKDAYS, Days
from handlers.promises.places import Rules, read_place, read_rules
from handlers.promises.policy import Policy, Table
from handlers.promises.shifts import parse_shifts
from handlers.promises.spans import Span
from handlers.section import Section
from nlu import yml

STANDARD: dict[str, Any] = yml.read(Path(__file__).with_name("standard.yml"))
"""The settings of a service that has changed nothing."""
_SHIFTS: dict[str, tuple[str, ...]] = {
    day: tuple(shifts) for day, shifts in STANDARD["calendar"]["shifts"].items()
}
LONGEST_CLOSURE = timedelta(days=366)


def _readable(shifts: tuple[str, ...]) -> tuple[str, ...]:
    parse_shifts(shifts)
    return shifts


def _none(value: Any) -> Any:
    return () if value is None else value


ShiftList = Annotated[tuple[str, ...], AfterValidator(_readable), BeforeValidator(_none)]


def _days(written: str) -> list[date]:
    """The days of `2027-02-05`, or from the first to the last of `2027-02-05/2027-02-11`."""
    try:
        first, last = (date.fromisoformat(day.strip()) for day in (written.split("/") * 2)[:2])
    except ValueError:
        raise ValueError(f"'{written}' is no day; write 2027-02-05, or 2027-02-05/2027-02-11") from None
    if not timedelta(0) <= last - first <= LONGEST_CLOSURE or written.count("/") > 1:
        raise ValueError(f"'{written}' does not go from a day to a later one within a year")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _readable_days(written: str) -> str:
    _days(written)
    return written


Closed = Annotated[str, BeforeValidator(str), AfterValidator(_readable_days)]


class ShiftSettings(Section):
    """The shifts of each weekday, of a weekend day that is worked instead of another, of a public holiday."""

    mon: ShiftList = _SHIFTS["mon"]
    tue: ShiftList = _SHIFTS["tue"]
    wed: ShiftList = _SHIFTS["wed"]
    thu: ShiftList = _SHIFTS["thu"]
    fri: ShiftList = _SHIFTS["fri"]
    sat: ShiftList = _SHIFTS["sat"]
    sun: ShiftList = _SHIFTS["sun"]
    shifted: ShiftList = _SHIFTS["shifted"]
    holiday: ShiftList = _SHIFTS["holiday"]

    @model_validator(mode="after")
    def _someone_works(self) -> ShiftSettings:
        if not any(getattr(self, day) for day in WEEKDAYS):
            raise ValueError("no weekday has a shift; promises in working time would never fall due")
        return self


class CalendarSettings(Section):
    """When people work; the zone is `service.zone`."""

    shifts: ShiftSettings = ShiftSettings()
    holidays: Literal["CN"] | None = "CN"
    closed: tuple[Closed, ...] = ()
    extra: dict[date, ShiftList] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _not_both(self) -> CalendarSettings:
        for day in self._closed_days():
            if day in self.extra:
                raise ValueError(f"{day} stands in closed and in extra")
        return self

    def days(self) -> Days:
        """The shifts of every day."""
        own = {day: parse_shifts(shifts) for day, shifts in self.extra.items()}
        return Days(
            week=tuple(parse_shifts(getattr(self.shifts, day)) for day in WEEKDAYS),  # type: ignore[arg-type]
            shifted=parse_shifts(self.shifts.shifted),
            holiday=parse_shifts(self.shifts.holiday),
            chinese=self.holidays == "CN",
            own=own | dict.fromkeys(self._closed_days(), ()),
        )

    def _closed_days(self) -> Iterator[date]:
        return (day for written in self.closed for day in _days(written))


def _a_place(name: str) -> str:
    read_place(name)
    return name


Places = tuple[Annotated[str, AfterValidator(_a_place)], ...]


class RegionSettings(Section):
    """The places of each region; an address counts by the narrowest of them that it lies in."""

    capital: Places = tuple(STANDARD["regions"]["capital"])
    surroundings: Places = tuple(STANDARD["regions"]["surroundings"])
    elsewhere: Places = tuple(STANDARD["regions"]["elsewhere"])

    @model_validator(mode="after")
    def _readable(self) -> RegionSettings:
        self.rules()
        return self

    def rules(self) -> Rules:
        """Which region each place is; raises ValueError for a name that cannot be used."""
        return read_rules(
            {"capital": self.capital, "surroundings": self.surroundings, "elsewhere": self.elsewhere}
        )


def _a_table(rows: tuple[Policy, ...]) -> tuple[Policy, ...]:
    Table(rows)
    return rows


STANDARD_ROWS = tuple(Policy(**row) for row in STANDARD["promises"])
PromiseRows = Annotated[tuple[Policy, ...], AfterValidator(_a_table)]


class EscalationSettings(Section):
    """What follows a broken promise."""

    second_step: Annotated[
        Span | None, BeforeValidator(lambda v: v if v is None or isinstance(v, Span) else Span.parse(v))
    ] = None
    """How long the promise given in its place runs, on its clock; None: as long as the table says."""
