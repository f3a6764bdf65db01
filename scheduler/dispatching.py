"""Orders that need somebody: declined, not accepted in time, reopened, whose owner is away (E4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, cast

from handlers.dispatch.giving import Cause, Given
from handlers.life.holding import contact_of
from handlers.life.moving import AWAITED, UNHELD
from handlers.life.telling import tell
from scheduler.rules import Rules
from scheduler.timers import Works
from storage import Tx
from storage.dispatches import DISPATCH
from storage.orders import Order
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

AFTER: Mapping[str, Cause] = {"reopen": "reopened", "hand_back": "declined"}
"""Moves after which the order needs somebody, and why."""


def works(rules: Rules) -> Works:
    """What this module does with which timers."""
    return {DISPATCH: partial(_called, rules=rules)}


def after_moves(tx: Tx, order: Order, rules: Rules, now: datetime) -> Order:
    """The locked order, given to somebody where its last move left it to nobody."""
    if order.status not in UNHELD:
        return order
    last = next((one for one in reversed(tx.orders.events(order.id)) if one.move in AFTER), None)
    if last is None or last.status != order.status:
        return order
    given = rules.dispatcher.give(tx, order, AFTER[str(last.move)], now, last.note)
    return given.moved.order if given and given.moved else order


def hand(tx: Tx, order: Order, cause: Cause, now: datetime, rules: Rules, reason: str = "") -> Given | None:
    """Give the order to somebody; a customer who knows of the one before is told of the one after."""
    given = rules.dispatcher.give(tx, order, cause, now, reason)
    if given and given.moved and given.moved.before.status not in AWAITED:
        tell(tx, given.moved, now, contact=contact_of(given.member))
    return given


def _called(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Somebody went away, or somebody came for orders that wait."""
    assert timer.order_id is not None
    order = tx.orders.get(timer.order_id)
    if tx.conversations.take(order.conversation_id) is None:
        return False
    order, cause = tx.orders.get(order.id, lock=True), cast(Cause, timer.payload["cause"])
    held_by = tx.staff.get(order.assignee_id) if order.assignee_id else None
    gone = held_by is not None and not held_by.there(now)
    if gone if cause == "away" else order.status in UNHELD:
        hand(tx, order, cause, now, rules)
    tx.timers.done(timer)
    return True
