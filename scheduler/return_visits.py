"""Return visits 回访: some days after an order's end, and at least so often by the customer's level (F5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers.life.telling import thing
from handlers.notices.sending import Wanted, send
from handlers.return_visit import asked
from scheduler.rules import Rules
from scheduler.timers import Works
from storage import Tx
from storage.conversations import Conversation
from storage.orders import Order
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

VISIT, REGULAR = "return_visit", "return_visit_regular"
CLOSED, ALONE = "closed", "solve_alone"
MANY = 50


def works(rules: Rules) -> Works:
    """What this module does with which timers."""
    return {VISIT: partial(_after, rules=rules), REGULAR: partial(_regular, rules=rules)}


def begin(tx: Tx, order: Order, move: str, rules: Rules, now: datetime) -> None:
    """From its end on, an order's customer is visited some days later, and regularly by their level."""
    if order.status != CLOSED or order.closed_at is None or move == ALONE:
        return
    settings = rules.return_visits
    level = tx.customers.get(order.customer_id).level
    if days := settings.after_days.get(order.kind):  # type: ignore[call-overload]
        key = f"{VISIT}:{order.id}:{order.round}"
        due_at = order.closed_at + timedelta(days=days)
        tx.timers.set(Timer(key, VISIT, due_at, order.id, payload={"round": order.round}), now)
    if days := settings.every_days.get(level):  # type: ignore[call-overload]
        due_at = order.closed_at + timedelta(days=days)
        tx.timers.set(Timer(f"{REGULAR}:{order.customer_id}", REGULAR, due_at, order.id), now)


def _after(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Ask if the order is still closed, in the round that was."""
    assert timer.order_id is not None
    order = tx.orders.get(timer.order_id)
    conversation = tx.conversations.take(order.conversation_id)
    if conversation is None:
        return False
    until = None
    if order.status == CLOSED and order.round == timer.payload["round"]:
        until = _ask(tx, conversation, order, timer.key, timer, now, voice, rules)
    _next(tx, timer, until)
    return True


def _regular(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Ask about the newest order that came to its end, where nothing was for so long; then again as long."""
    assert timer.order_id is not None
    customer_id = tx.orders.get(timer.order_id).customer_id
    days = rules.return_visits.every_days.get(tx.customers.get(customer_id).level)  # type: ignore[call-overload]
    found = tx.orders.of_customer(customer_id, MANY)
    ended = [order for order in found if order.status == CLOSED and order.closed_at is not None]
    if days is None or not ended:
        tx.timers.done(timer)
        return True
    newest = max(ended, key=lambda order: order.closed_at or now)
    conversation = tx.conversations.take(newest.conversation_id)
    if conversation is None:
        return False
    due_at = (newest.closed_at or now) + timedelta(days=days)
    if any(order.open for order in found):
        due_at = max(due_at, now + timedelta(days=days))
    if due_at > now and not timer.payload.get("visited"):
        tx.timers.later(timer, due_at)
        return True
    key = timer.payload.get("key", f"{REGULAR}:{customer_id}:{timer.due_at:%Y%m%d}")
    until = _ask(tx, conversation, newest, key, timer, now, voice, rules)
    if until is not None:
        tx.timers.later(timer, until, key=key, wanted_at=_wanted_at(timer).isoformat())
    else:
        again = {"visited": True, "key": f"{REGULAR}:{customer_id}:{now + timedelta(days=days):%Y%m%d}"}
        tx.timers.later(timer, now + timedelta(days=days), **again, wanted_at=None)
    return True


def _ask(
    tx: Tx, conversation: Conversation, order: Order, key: str, timer: Timer, now: datetime, voice: Voice,
    rules: Rules,
) -> datetime | None:  # fmt: skip
    wanted = Wanted(key, VISIT, "utter_return_visit", _wanted_at(timer), order, keeps=asked(order))

    def words(language: str) -> dict[str, Any]:
        return {"number": order.number, "kind": thing(order, language)}

    verdict = send(tx, voice, conversation, wanted, rules.notices, rules.zone, now, words)
    return verdict.until if verdict else None


def _next(tx: Tx, timer: Timer, until: datetime | None) -> None:
    if until is None:
        tx.timers.done(timer)
    else:
        tx.timers.later(timer, until, wanted_at=_wanted_at(timer).isoformat())


def _wanted_at(timer: Timer) -> datetime:
    stored = timer.payload.get("wanted_at")
    return datetime.fromisoformat(stored) if stored else timer.due_at
