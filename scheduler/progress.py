"""A word about every open order that nothing was said about for a day (F1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from handlers.life import life, status_line
from handlers.life.telling import thing
from handlers.notices.sending import Occasion, Wanted, send_all
from handlers.vocabulary import spoken_time
from scheduler.holding import Held, hold
from scheduler.rules import Rules
from scheduler.timers import Together
from storage import Tx
from storage.orders import Order
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

PROGRESS = "progress"


def works(rules: Rules) -> Mapping[str, Together]:
    """What this module does with which timers."""
    return {PROGRESS: Together(partial(_progress, rules=rules))}


def begin(tx: Tx, order: Order, move: str, rules: Rules, now: datetime) -> None:
    """From a move that opens or reopens an order on, its customer is not left without a word."""
    found = life().moves.get(move)
    if found is None or not (found.again or "new" in found.sources) or not order.open:
        return
    due_at = now + timedelta(hours=rules.notices.progress_hours)
    tx.timers.set(Timer(f"{PROGRESS}:{order.id}", PROGRESS, due_at, order.id), now)


def _progress(tx: Tx, timers: Sequence[Timer], now: datetime, voice: Voice, rules: Rules) -> int:
    """Say how they stand of which nothing was said for so long; look again as long after that."""
    held = hold(tx, timers)
    tx.timers.done(*(one.timer for one in held if not one.order.open))
    open_ones = [one for one in held if one.order.open]
    every = timedelta(hours=rules.notices.progress_hours)
    heard = _last_heard(tx, open_ones)
    later: list[tuple[Timer, datetime, dict[str, Any]]] = []
    silent = []
    for one in open_ones:
        if heard[one.order.id] + every > now:
            later.append((one.timer, heard[one.order.id] + every, {"wanted_at": None}))
        else:
            silent.append(one)
    occasions = [_occasion(one, rules, now) for one in silent]
    verdicts = send_all(tx, voice, occasions, rules.notices, rules.zone, now)
    for one, occasion, verdict in zip(silent, occasions, verdicts, strict=True):
        if verdict is not None and verdict.until is not None:
            later.append((one.timer, verdict.until, {"wanted_at": occasion.wanted.wanted_at.isoformat()}))
        else:
            later.append((one.timer, now + every, {"wanted_at": None}))
    tx.timers.later_each(later)
    return len(held)


def _occasion(one: Held, rules: Rules, now: datetime) -> Occasion:
    wanted_at = one.timer.payload.get("wanted_at")
    at, order = datetime.fromisoformat(wanted_at) if wanted_at else now, one.order
    wanted = Wanted(f"{PROGRESS}:{order.id}:{at:%Y%m%dT%H%M%S}", PROGRESS, "utter_progress", at, order)
    return Occasion(one.conversation, wanted, lambda language: _words(order, rules, now, language))


def _last_heard(tx: Tx, held: Sequence[Held]) -> dict[int, datetime]:
    """When customers last heard of their orders: at the opening, by a move, of our own accord."""
    ids = [one.order.id for one in held]
    heard, said = tx.orders.last_heard(ids, _telling()), tx.notices.last_said(ids)
    return {
        order.id: max([order.created_at, *(at[order.id] for at in (heard, said) if order.id in at)])
        for order in (one.order for one in held)
    }


@cache
def _telling() -> tuple[str, ...]:
    return tuple(move.name for move in life().moves.values() if move.tells)


def _words(order: Order, rules: Rules, now: datetime, language: str) -> dict[str, Any]:
    promised = order.promised_at
    by = spoken_time(rules.local(promised), rules.local(now), language) if promised and promised > now else ""
    return {
        "number": order.number,
        "kind": thing(order, language),
        "status": status_line(order.status, language),
        "by": by,
    }
