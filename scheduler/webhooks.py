"""Moves and other events of orders and customers become deliveries to whoever wants to be told of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers.webhooks.announcing import ANNOUNCE, follow_event, follow_link, follow_move
from scheduler.rules import Rules
from storage import Tx
from storage.orders import Order
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice
    from scheduler.timers import Work


def works(rules: Rules) -> Mapping[str, Work]:
    """What this module does with which timers."""
    return {ANNOUNCE: partial(_announced, rules=rules)}


def moved(tx: Tx, order: Order, step: Mapping[str, Any], rules: Rules, now: datetime) -> None:
    """Write the deliveries of a move that is being followed."""
    follow_move(tx, order, step, rules.webhooks, lambda text: rules.redacted(text, now), now)


def _announced(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    if timer.order_id is None:
        follow_link(tx, timer, rules.webhooks, now)
    else:
        order = tx.orders.get(timer.order_id)
        follow_event(tx, order, timer, rules.webhooks, lambda text: rules.redacted(text, now), now)
    tx.timers.done(timer)
    return True
