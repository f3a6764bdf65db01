"""A word about every open order that nothing was said about for a day (F1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers.life import life, status_line
from handlers.life.telling import thing
from handlers.notices.sending import Wanted, send
from handlers.vocabulary import spoken_time
from scheduler.rules import Rules
from scheduler.timers import Work
from storage import Tx
from storage.orders import Order
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

PROGRESS = "progress"


def works(rules: Rules) -> Mapping[str, Work]:
    """What this module does with which timers."""
    return {PROGRESS: partial(_progress, rules=rules)}


def begin(tx: Tx, order: Order, move: str, rules: Rules, now: datetime) -> None:
    """From a move that opens or reopens an order on, its customer is not left without a word."""
    found = life().moves.get(move)
    if found is None or not (found.again or "new" in found.sources) or not order.open:
        return
    due_at = now + timedelta(hours=rules.notices.progress_hours)
    tx.timers.set(Timer(f"{PROGRESS}:{order.id}", PROGRESS, due_at, order.id), now)


def _progress(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Say how it stands if nothing was said for so long; then look again as long after that."""
    assert timer.order_id is not None
    order = tx.orders.get(timer.order_id)
    conversation = tx.conversations.take(order.conversation_id)
    if conversation is None:
        return False
    if not order.open:
        tx.timers.done(timer)
        return True
    every = timedelta(hours=rules.notices.progress_hours)
    next_at = _last_said(tx, order) + every
    if next_at > now:
        tx.timers.later(timer, next_at, wanted_at=None)
        return True
    wanted_at = timer.payload.get("wanted_at")
    wanted = datetime.fromisoformat(wanted_at) if wanted_at else now
    verdict = send(
        tx, voice, conversation,
        Wanted(f"{PROGRESS}:{order.id}:{wanted:%Y%m%dT%H%M%S}", PROGRESS, "utter_progress", wanted, order),
        rules.notices, rules.zone, now, lambda language: _words(order, rules, now, language),
    )  # fmt: skip
    if verdict is not None and verdict.until is not None:
        tx.timers.later(timer, verdict.until, wanted_at=wanted.isoformat())
    else:
        tx.timers.later(timer, now + every, wanted_at=None)
    return True


def _last_said(tx: Tx, order: Order) -> datetime:
    """When the customer last heard of the order: at its opening, by a move, of our own accord."""
    moves = life().moves
    heard = [
        event.at
        for event in tx.orders.events(order.id)
        if (move := moves.get(event.move or "")) is not None and (event.actor == "customer" or move.tells)
    ]
    said = tx.notices.last_said(order.id)
    return max([order.created_at, *heard, *([said] if said else [])])


def _words(order: Order, rules: Rules, now: datetime, language: str) -> dict[str, Any]:
    promised = order.promised_at
    by = spoken_time(rules.local(promised), rules.local(now), language) if promised and promised > now else ""
    return {
        "number": order.number,
        "kind": thing(order, language),
        "status": status_line(order.status, language),
        "by": by,
    }
