"""The section `dispatch` of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from handlers.dispatch.moment import Moment
from handlers.dispatch.people import OrderFacts, Role
from handlers.promises.days import DayKind
from handlers.promises.policy import Kind, Level, Priority, Region
from handlers.promises.shifts import DAY, parse_shifts
from handlers.section import Section

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
Criterion = Literal["skill", "level", "shift", "load"]
Preference = Literal["named", "senior"]


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _readable(hours: tuple[str, ...]) -> tuple[str, ...]:
    parse_shifts(hours)
    return hours


class DispatchRule(Section):
    """Who gets orders of some kinds; what a row leaves out may be anything."""

    kind: Annotated[tuple[Kind, ...], BeforeValidator(_one_or_more), Field(min_length=1)]
    priority: Priority | None = None
    region: Region | None = None
    level: Level | None = None
    severe: bool | None = None
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    own_region: bool = False
    skill: Literal["required", "preferred", "ignored"] = "preferred"

    @property
    def plain(self) -> bool:
        """Whether it holds for every order of its kinds."""
        return (self.priority, self.region, self.level, self.severe) == (None, None, None, None)

    def fits(self, order: OrderFacts) -> bool:
        """Whether the row is for that order."""
        return (
            order.kind in self.kind
            and self.priority in (None, order.priority)
            and self.region in (None, order.region)
            and self.level in (None, order.level)
            and self.severe in (None, order.severe)
        )


class DutyShift(Section):
    """When the people of a shift are on duty, on the service's clock."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS
    hours: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_readable)]
    holidays: bool = False

    def on_duty(self, now: Moment) -> bool:
        """Whether they are at that moment; a shift over midnight belongs to the day it begins."""
        minute = now.local.hour * 60 + now.local.minute
        shifts, yesterday = parse_shifts(self.hours), now.local - timedelta(days=1)
        if self._works(now.local, now.day) and any(one.start <= minute < one.end for one in shifts):
            return True
        return self._works(yesterday, now.before) and any(minute + DAY < one.end for one in shifts)

    def _works(self, local: datetime, day: DayKind) -> bool:
        if day == "holiday":
            return self.holidays
        if day == "shifted":
            return any(one in self.days for one in WEEKDAYS[:5])
        return WEEKDAYS[local.weekday()] in self.days


class OffShift(Section):
    """What becomes of people who are not on duty, by the order's priority."""

    urgent: Literal["drop", "last"] = "drop"
    normal: Literal["drop", "last"] = "last"


class Levels(Section):
    """Whom customers of each level get first."""

    normal: tuple[Preference, ...] = ()
    key: tuple[Preference, ...] = ("named", "senior")
    long_standing: tuple[Preference, ...] = ("named",)


_STANDARD: tuple[dict[str, Any], ...] = (
    {"kind": "fault", "roles": ["engineer"], "own_region": True, "skill": "required"},
    {"kind": "installation", "roles": ["installer", "engineer"], "own_region": True, "skill": "required"},
    {"kind": "consultation", "roles": ["support"]},
    {"kind": "complaint", "severe": True, "roles": ["supervisor"]},
    {"kind": "complaint", "roles": ["specialist", "supervisor"]},
    {"kind": "return", "roles": ["reviewer"]},
)


class DispatchSettings(Section):
    """The section `dispatch`: rules by order, then the order of those who fit."""

    rules: tuple[DispatchRule, ...] = tuple(DispatchRule.model_validate(row) for row in _STANDARD)
    needs: tuple[Literal["product", "brand"], ...] = ("product",)
    """What of the device people must know: the skills that an order needs."""
    order: tuple[Criterion, ...] = ("skill", "level", "shift", "load")
    levels: Levels = Levels()
    off_shift: OffShift = OffShift()
    shifts: Mapping[str, DutyShift] = {}
    supervisors: Annotated[tuple[Role, ...], Field(min_length=1)] = ("supervisor", "manager")

    @field_validator("rules")
    @classmethod
    def every_kind_is_served(cls, rules: tuple[DispatchRule, ...]) -> tuple[DispatchRule, ...]:
        """Each kind has a row for all its orders, and no row stands behind one that takes everything."""
        served: dict[str, int] = {}
        for place, rule in enumerate(rules, 1):
            for kind in rule.kind:
                if kind in served:
                    raise ValueError(
                        f"row {place} is never reached for {kind}: row {served[kind]} takes all of them"
                    )
            if rule.plain:
                served |= dict.fromkeys(rule.kind, place)
        if missing := [kind for kind in get_args(Kind) if kind not in served]:
            raise ValueError(
                f"nobody serves every {missing[0]}: a row with nothing but kind and roles is needed"
            )
        return rules

    @field_validator("order")
    @classmethod
    def each_once(cls, order: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        """No criterion twice."""
        if len(set(order)) < len(order):
            raise ValueError("names something twice")
        return order

    def rule_for(self, order: OrderFacts) -> tuple[int, DispatchRule]:
        """The first row that fits, and its place from 1."""
        return next((place, rule) for place, rule in enumerate(self.rules, 1) if rule.fits(order))

    def on_duty(self, shift: str | None, now: Moment) -> bool:
        """Whether people of that shift are on duty; those of none, or of one that is gone, always are."""
        known = self.shifts.get(shift) if shift else None
        return known is None or known.on_duty(now)
