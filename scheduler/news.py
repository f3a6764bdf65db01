"""News of moves that were made outside of the customer's turns: told when and where that may be (F1, F6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from handlers.appointments import spoken
from handlers.life import life
from handlers.life.telling import NEWS, news_values
from handlers.notices.sending import Occasion, Wanted, drop, send_all
from handlers.order_questions import told_of
from handlers.promises.watched import AGAIN, rule_of
from handlers.visits import wish_of
from handlers.vocabulary import spoken_time, word
from scheduler.holding import Held, hold
from scheduler.rules import Rules
from scheduler.timers import Together, Works
from storage import Tx
from storage.orders import Order
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice


def works(rules: Rules) -> Works:
    """What this module does with which timers."""
    return {NEWS: Together(partial(_tell, rules=rules))}


def _tell(tx: Tx, timers: Sequence[Timer], now: datetime, voice: Voice, rules: Rules) -> int:
    """Tell each in the order of the moves; of those that waited, only what is still true."""
    held = sorted(hold(tx, timers), key=lambda one: one.timer.id)
    newest = {one.order.id: one.timer.id for one in held}
    done, later, telling = [], [], []
    for one in held:
        waited = one.timer.payload.get("waited") and newest[one.order.id] != one.timer.id
        if waited:
            drop(tx, one.conversation, _occasion(tx, one, rules, now).wanted, "overtaken", now)
            done.append(one.timer)
        else:
            telling.append(one)
    occasions = [_occasion(tx, one, rules, now) for one in telling]
    verdicts = send_all(tx, voice, occasions, rules.notices, rules.zone, now)
    for one, verdict in zip(telling, verdicts, strict=True):
        if verdict is not None and verdict.until is not None:
            later.append((one.timer, verdict.until, {"waited": True}))
        else:
            done.append(one.timer)
    tx.timers.done(*done)
    tx.timers.later_each(later)
    return len(held)


def _occasion(tx: Tx, one: Held, rules: Rules, now: datetime) -> Occasion:
    told, order = one.timer.payload, one.order
    move = life().moves[told["move"]]
    urgent = order.priority == "urgent" or move.name in rules.notices.night_moves
    wanted = Wanted(
        one.timer.key, NEWS, str(move.tells), datetime.fromisoformat(told["wanted_at"]), order,
        at_night=urgent, keeps=told_of(order, move.name, one.conversation.state.get("slots") or {}),
    )  # fmt: skip

    def words(language: str) -> dict[str, Any]:
        said = news_values(move, order, told["status"], told["reason"], language)
        if order.open:
            said |= _promised(tx, order, rules, now, language)
        return {**said, **told["values"], **_visit(told["values"].get("window"), rules, now, language)}

    return Occasion(one.conversation, wanted, words)


def _promised(tx: Tx, order: Order, rules: Rules, now: datetime, language: str) -> dict[str, str]:
    """What was promised next, and by when."""
    rows = [row for row in tx.promises.of_order(order.id) if row.state == "live" and row.paused_at is None]
    told = [row for row in rows if row.due_at > now and (rule := rule_of(row.what)) and rule.told]
    if not told:
        return {}
    first = min(told, key=lambda row: row.due_at)
    due = spoken_time(rules.local(first.due_at), rules.local(now), language)
    return {"due": due, "next": word("promise", first.what.removesuffix(AGAIN), language)}


def _visit(kept: Any, rules: Rules, now: datetime, language: str) -> dict[str, str]:
    """When somebody comes, as one says it at the moment of telling: "tomorrow" may be today by then."""
    window = wish_of(kept, ZoneInfo(rules.zone)) if kept else None
    return {"when": spoken(window, rules.local(now), language)} if window else {}
