"""Visits in requests: a day and a slot, checked by the calendar of visits as in the chat (C5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from bot.api.problems import ApiProblem, at
from bot.api.values import Body
from handlers.appointments import Window
from handlers.life import life
from handlers.visits_arranged import SLOT, NoTime, wished, written


class VisitIn(Body):
    """When somebody comes: a day and one of the slots of `appointments.windows`, on the service's clock."""

    day: Annotated[date, Field(strict=False, examples=["2026-03-05"])]
    slot: Annotated[str, StringConstraints(pattern=f"^{SLOT}$"), Field(examples=["13:30-15:30"])]


def window_of(told: VisitIn | None, zone: str) -> Window | None:
    """The time meant; raises ApiProblem where it is none."""
    try:
        return wished(told.day, told.slot, zone) if told else None
    except ValueError as problem:
        raise ApiProblem("invalid", errors=[at("/visit/slot", str(problem))]) from None


def visited(kind: str) -> bool:
    """Whether somebody visits the customers of orders of that kind."""
    return kind in life().moves["schedule_visit"].kinds


def no_time(found: NoTime) -> ApiProblem:
    """The wished time cannot be had: why, and what is free instead."""
    return ApiProblem(
        "invalid", errors=[at("/visit", found.words("en"))], reason=found.why, free=listed(found.free)
    )


def listed(windows: Iterable[Window]) -> list[dict[str, str]]:
    """Times as `free` of a problem has them."""
    return [dict(zip(("day", "slot"), written(one), strict=True)) for one in windows]
