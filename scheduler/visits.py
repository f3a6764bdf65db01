"""Reminders of an appointment: the day before, and shortly before it (F2, C5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers.life.telling import thing
from handlers.notices.sending import Wanted, send
from handlers.vocabulary import spoken_time
from scheduler.rules import Rules
from scheduler.timers import Work
from storage import Tx
from storage.appointments import VISIT, Appointment
from storage.orders import Order
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice


def works(rules: Rules) -> Mapping[str, Work]:
    """What this module does with which timers."""
    return {VISIT: partial(_visit, rules=rules)}


def _visit(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Remind of the appointment if it still stands, then wait for the next reminder; none comes late."""
    assert timer.order_id is not None
    order = tx.orders.get(timer.order_id)
    conversation = tx.conversations.take(order.conversation_id)
    if conversation is None:
        return False
    visit = tx.appointments.standing(order.id)
    if visit is None or visit.id != timer.payload["appointment"] or not order.open or now >= visit.starts_at:
        tx.timers.done(timer)
        return True
    if due := timer.payload.get("reminder"):
        wanted_at = datetime.fromisoformat(due)
        key = f"{VISIT}:{visit.id}:{wanted_at:%Y%m%dT%H%M}"
        verdict = send(
            tx, voice, conversation, Wanted(key, VISIT, "utter_visit_reminder", wanted_at, order),
            rules.notices, rules.zone, now, lambda language: _words(order, visit, rules, now, language),
        )  # fmt: skip
        if verdict is not None and verdict.until is not None and verdict.until < visit.starts_at:
            tx.timers.later(timer, verdict.until)
            return True
    _wait(tx, timer, visit, rules, now)
    return True


def _wait(tx: Tx, timer: Timer, visit: Appointment, rules: Rules, now: datetime) -> None:
    moments = (visit.starts_at - timedelta(hours=hours) for hours in rules.notices.visit_hours_before)
    coming = min((moment for moment in moments if moment > now), default=None)
    if coming is None:
        tx.timers.done(timer)
    else:
        tx.timers.later(timer, coming, reminder=coming.isoformat())


def _words(order: Order, visit: Appointment, rules: Rules, now: datetime, language: str) -> dict[str, Any]:
    when = spoken_time(rules.local(visit.starts_at), rules.local(now), language)
    until = f"{rules.local(visit.ends_at):%H:%M}"
    return {"number": order.number, "kind": thing(order, language), "when": f"{when}–{until}"}
