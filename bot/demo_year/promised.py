"""What was promised for an order of the year that is over, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from handlers.promises import Case, Promises
from handlers.promises.watched import Watched, watched

Row = dict[str, Any]
AGREED = "visit"
"""In this year every visit's time is agreed with the customer, which goes before what was promised."""


def promised(promises: Promises, order: Row, events: Sequence[Row]) -> Iterator[Row]:
    """The rows of promises that were kept, broken or dropped, of the order's first round."""
    case = Case(order["kind"], order["priority"], order["region"], order["customer_level"])
    for rule in watched().values():
        if rule.what == AGREED:
            continue
        begun = next((event for event in events if rule.begun_by(event["move"], order["kind"])), None)
        made = promises.promise(rule.what, case, begun["at"]) if begun else None
        if begun is None or made is None:
            continue
        state, settled = _fate(rule, made.due, [event for event in events if event["at"] > begun["at"]])
        yield {
            "what": rule.what,
            "round": 1,
            "started_at": made.started,
            "due_at": made.due,
            "warn_at": made.warn_at,
            "paused_at": None,
            "policy": {"version": made.policy, "clock": made.clock},
            "state": state,
            "settled_at": settled,
        }


def _fate(rule: Watched, due: datetime, events: Sequence[Row]) -> tuple[str, datetime]:
    for event in events:
        if event["at"] > due:
            break
        if event["status"] in rule.kept:
            return "kept", event["at"]
        if event["status"] in rule.dropped or event["status"] in ("cancelled", "closed"):
            return "dropped", event["at"]
    return "broken", due
