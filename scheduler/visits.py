"""Reminders of an appointment: the day before, and shortly before it (F2, C5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers.life.telling import thing
from handlers.notices.sending import Occasion, Wanted, send_all
from handlers.vocabulary import spoken_time
from scheduler.holding import Held, hold
from scheduler.rules import Rules
from scheduler.timers import Together
from storage import Tx
from storage.appointments import VISIT, Appointment
from storage.orders import Order
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice


def works(rules: Rules) -> Mapping[str, Together]:
    """What this module does with which timers."""
    return {VISIT: Together(partial(_visits, rules=rules))}


def _visits(tx: Tx, timers: Sequence[Timer], now: datetime, voice: Voice, rules: Rules) -> int:
    """Remind of appointments that still stand, then wait for the next reminder; none comes late."""
    held = hold(tx, timers)
    standing = tx.appointments.standing_among([one.order.id for one in held])
    over, waiting, reminding = [], [], []
    for one in held:
        visit = standing.get(one.order.id)
        if visit is None or not _stands(visit, one, now):
            over.append(one.timer)
        elif one.timer.payload.get("reminder"):
            reminding.append((one, visit))
        else:
            waiting.append((one, visit))
    occasions = [_occasion(one, visit, rules, now) for one, visit in reminding]
    verdicts = send_all(tx, voice, occasions, rules.notices, rules.zone, now)
    later: list[tuple[Timer, datetime, dict[str, Any]]] = []
    for (one, visit), verdict in zip(reminding, verdicts, strict=True):
        if verdict is not None and verdict.until is not None and verdict.until < visit.starts_at:
            later.append((one.timer, verdict.until, {}))
        else:
            waiting.append((one, visit))
    for one, visit in waiting:
        coming = next_reminder(visit, rules, now)
        if coming is None:
            over.append(one.timer)
        else:
            later.append((one.timer, coming, {"reminder": coming.isoformat()}))
    tx.timers.done(*over)
    tx.timers.later_each(later)
    return len(held)


def _stands(visit: Appointment, one: Held, now: datetime) -> bool:
    return visit.id == one.timer.payload["appointment"] and one.order.open and now < visit.starts_at


def _occasion(one: Held, visit: Appointment, rules: Rules, now: datetime) -> Occasion:
    wanted_at, order = datetime.fromisoformat(one.timer.payload["reminder"]), one.order
    key = f"{VISIT}:{visit.id}:{wanted_at:%Y%m%dT%H%M}"
    wanted = Wanted(key, VISIT, "utter_visit_reminder", wanted_at, order)
    return Occasion(one.conversation, wanted, lambda language: _words(order, visit, rules, now, language))


def next_reminder(visit: Appointment, rules: Rules, now: datetime) -> datetime | None:
    """When to remind of it next; None where no reminder is left."""
    moments = (visit.starts_at - timedelta(hours=hours) for hours in rules.notices.visit_hours_before)
    return min((moment for moment in moments if moment > now), default=None)


def _words(order: Order, visit: Appointment, rules: Rules, now: datetime, language: str) -> dict[str, Any]:
    when = spoken_time(rules.local(visit.starts_at), rules.local(now), language)
    until = f"{rules.local(visit.ends_at):%H:%M}"
    return {
        "number": order.number,
        "kind": thing(order, language),
        "when": f"{when}–{until}",
        "visit_at": f"{rules.local(visit.starts_at):%Y-%m-%d %H:%M}",
    }
