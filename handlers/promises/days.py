"""Which shifts a day has: its weekday's, a public holiday's, a shifted workday's 调休, or its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Literal

from chinese_calendar import holidays, workdays

from handlers.promises.shifts import Shift

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Shifts = tuple[Shift, ...]
DayKind = Literal["usual", "holiday", "shifted"]


@dataclass(frozen=True, slots=True)
class Days:
    """The shifts of every day. `own` days go before public holidays, those before the weekday."""

    week: tuple[Shifts, Shifts, Shifts, Shifts, Shifts, Shifts, Shifts]
    shifted: Shifts = ()
    holiday: Shifts = ()
    chinese: bool = False
    own: Mapping[date, Shifts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not any(self.week):
            raise ValueError("no day of the week has a shift: nothing would ever be done")

    def shifts(self, day: date) -> Shifts:
        """The day's shifts in order; none on a day off."""
        if day in self.own:
            return self.own[day]
        special = {"holiday": self.holiday, "shifted": self.shifted}
        return special.get(self.kind(day), self.week[day.weekday()])

    def kind(self, day: date) -> DayKind:
        """A usual day of its weekday, a public holiday or a day off of our own, a shifted workday."""
        if day in self.own:
            return "usual" if self.own[day] else "holiday"
        if self.chinese and day in holidays:
            return "holiday"
        weekend = day.weekday() >= WEEKDAYS.index("sat")
        return "shifted" if self.chinese and weekend and day in workdays else "usual"

    def knows(self, year: int) -> bool:
        """Whether the public holidays of the year are known; otherwise its days are plain weekdays."""
        return not self.chinese or year in _published()


@cache
def _published() -> range:
    """The years whose holidays the State Council had published when the library was released."""
    return range(min(holidays).year, max(holidays).year + 1)
