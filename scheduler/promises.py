"""The ladder of a promise: warned of, broken, escalated, told to the customer with a new one (F3, E4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers import life
from handlers.life.telling import thing
from handlers.notices.sending import Occasion, Wanted, drop, send_all
from handlers.promises.keeping import DUE, WARN, Step, break_, follow, promised_again
from handlers.promises.watched import AGAIN, rule_of
from handlers.vocabulary import spoken_time, word
from scheduler import dispatching, progress, return_visits, surveys, waiting, webhooks
from scheduler.holding import hold
from scheduler.rules import Rules
from scheduler.timers import Together, Works
from storage import Tx
from storage.conversations import Conversation
from storage.orders import MOVED, Order
from storage.promises import PromiseRow
from storage.tasks import Task
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

TELL = "promise_tell"
ACCEPT = "accept"
SUPERVISOR, MANAGER = "promise_supervisor", "promise_manager"
"""Tasks when a promise is broken, and when the one in its place is."""


def works(rules: Rules) -> Works:
    """What this module does with which timers."""
    return {
        MOVED: partial(_moved, rules=rules),
        WARN: partial(_warn, rules=rules),
        DUE: partial(_due, rules=rules),
        TELL: Together(partial(_tell, rules=rules)),
    }


def _moved(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Bring promises and progress up to a move."""
    return _caught_up(tx, timer, rules, now) is not None


def _caught_up(tx: Tx, timer: Timer, rules: Rules, now: datetime) -> Order | None:
    """The timer's order, locked behind its conversation as in a turn, once every move of it was followed.

    None while somebody else has the conversation, or is following a move of it.
    """
    assert timer.order_id is not None
    order = tx.orders.get(timer.order_id)
    conversation = tx.conversations.take(order.conversation_id)
    moves = tx.timers.take_of(order.id, MOVED) if conversation else None
    if conversation is None or moves is None:
        return None
    order = tx.orders.get(order.id, lock=True)
    for told in moves:
        order = _follow(tx, conversation, order, told, rules, now)
    tx.timers.done(*moves)
    return dispatching.after_moves(tx, order, rules, now) if moves else order


def _follow(
    tx: Tx, conversation: Conversation, order: Order, timer: Timer, rules: Rules, now: datetime
) -> Order:
    told = timer.payload
    at = datetime.fromisoformat(told["at"])
    order = _promised(tx, order, str(told["move"]), at, rules, now)
    late = follow(tx, rules.promises, order, Step(told["move"], told["status"], told["version"], at), now)
    for row in late:
        tx.orders.add_note(order, "system", f"promise {row.what} was kept late", now)
        if _is_told(row):
            drop(tx, conversation, _wanted(order, row, now), "kept_late", now)
    progress.begin(tx, order, str(told["move"]), rules, now)
    webhooks.moved(tx, order, told, rules, now)
    surveys.begin(tx, order, str(told["move"]), rules, now)
    return_visits.begin(tx, order, str(told["move"]), rules, now)
    waiting.begin(tx, order, str(told["move"]), told["version"], at, rules, now)
    return order


def _promised(tx: Tx, order: Order, move: str, at: datetime, rules: Rules, now: datetime) -> Order:
    """The order with a promise for its new round, where whoever took it up again gave none."""
    known, promised = life.life().moves.get(move), order.promised_at
    if known is None or not (known.again and order.open) or (promised is not None and promised > at):
        return order
    due = promised_again(rules.promises, order, at)
    if due is None:
        return order
    order = tx.orders.promise(order, due, now)
    tx.orders.add_note(order, "system", f"promised anew by {_stamp(due, rules)}", now)
    return order


def _warn(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """A task for whoever has the order, while the promise can still be kept."""
    order = _caught_up(tx, timer, rules, now)
    if order is None:
        return False
    row = _row(tx, timer)
    runs = row.state == "live" and row.paused_at is None and "warned" not in row.policy
    if runs and row.warn_at is not None and row.warn_at <= now < row.due_at:
        tx.promises.change(replace(row, policy={**row.policy, "warned": now.isoformat()}))
        note = f"promise {row.what} ends at {_stamp(row.due_at, rules)}"
        tx.orders.add_note(order, "system", note, now)
        tx.tasks.add(_task("promise_warning", note, order, now, row.due_at))
    tx.timers.done(timer)
    return True


def _due(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """The promise is broken: one level up, a task for that level, and the customer is told."""
    order = _caught_up(tx, timer, rules, now)
    if order is None:
        return False
    row = _row(tx, timer)
    runs = row.state == "live" and row.paused_at is None
    if runs and row.due_at <= now and not _handed_on(tx, order, row, now, rules):
        _broken(tx, order, row, rules, now)
    tx.timers.done(timer)
    return True


def _handed_on(tx: Tx, order: Order, row: PromiseRow, now: datetime, rules: Rules) -> bool:
    """Not accepted in time: the next one has the order, with as much time; a superior is a level up."""
    if row.what != ACCEPT or order.status != "dispatched":
        return False
    reason = f"not accepted by {_stamp(row.due_at, rules)}"
    given = dispatching.hand(tx, order, "silent", now, rules, reason)
    if given is None or given.moved is None:
        return False
    tx.promises.change(replace(row, state="broken", settled_at=now))
    if given.decision.step == "supervisor":
        _up(tx, given.moved.order, reason, now)
        tx.tasks.add(_task(SUPERVISOR, reason, order, now, now))
    return True


def _up(tx: Tx, order: Order, reason: str, now: datetime, **changes: Any) -> Order | None:
    """The order a level higher; None where it is at the highest."""
    try:
        return life.move(tx, order, "escalate", life.SYSTEM, reason, now, **changes).order
    except life.Refused:
        return None


def _broken(tx: Tx, order: Order, row: PromiseRow, rules: Rules, now: datetime) -> None:
    rule = rule_of(row.what)
    again = break_(tx, rules.promises, order, row, rules.second_step, now)
    if rule is not None and rule.aside:
        note = f"promise {row.what} was to be kept by {_stamp(row.due_at, rules)}"
        tx.orders.add_note(order, "system", note, now)
        tx.tasks.add(_task(SUPERVISOR, note, order, now, now))
        return
    told = _is_told(row)
    changes: dict[str, Any] = {"promised_at": again.due_at} if again and told else {}
    reason = f"promise {row.what} was to be kept by {_stamp(row.due_at, rules)}"
    higher = _up(tx, order, reason, now, **changes)
    if higher is None:
        if again and told:
            order = tx.orders.promise(order, again.due_at, now)
        tx.orders.add_note(order, "system", reason, now)
    order = higher or order
    kind = MANAGER if row.what.endswith(AGAIN) else SUPERVISOR
    tx.tasks.add(_task(kind, reason, order, now, again.due_at if again else now))
    if told:
        payload = {"promise": row.id, "wanted_at": now.isoformat()}
        tx.timers.set(Timer(f"{TELL}:{row.id}", TELL, now, order.id, payload=payload), now)


def _tell(tx: Tx, timers: Sequence[Timer], now: datetime, voice: Voice, rules: Rules) -> int:
    """Tell customers once; not any more where it was kept, or broken again, meanwhile."""
    held = hold(tx, timers)
    rows = tx.promises.among([one.timer.payload["promise"] for one in held])
    anew = tx.promises.among([row.policy["again"] for row in rows.values() if "again" in row.policy])
    over, asked = [], []
    for one in held:
        row = rows[one.timer.payload["promise"]]
        again = anew.get(row.policy.get("again", 0))
        wanted = _wanted(one.order, row, datetime.fromisoformat(one.timer.payload["wanted_at"]))
        if not one.order.open or (again is not None and again.state != "live"):
            rule = f"overtaken:{again.state if again else one.order.status}"
            drop(tx, one.conversation, wanted, rule, now)
            over.append(one.timer)
        else:
            words = partial(_words, one.order, row, again, rules, now)
            asked.append((one.timer, Occasion(one.conversation, wanted, words)))
    verdicts = send_all(tx, voice, [occasion for _, occasion in asked], rules.notices, rules.zone, now)
    later: list[tuple[Timer, datetime, dict[str, Any]]] = []
    for (timer, _), verdict in zip(asked, verdicts, strict=True):
        if verdict is not None and verdict.until is not None:
            later.append((timer, verdict.until, {}))
        else:
            over.append(timer)
    tx.timers.done(*over)
    tx.timers.later_each(later)
    return len(held)


def _wanted(order: Order, row: PromiseRow, wanted_at: datetime) -> Wanted:
    ending = "_again" if row.what.endswith(AGAIN) else ""
    return Wanted(f"{TELL}:{row.id}", "promise_broken", f"utter_promise_broken{ending}", wanted_at, order)


def _words(
    order: Order, row: PromiseRow, again: PromiseRow | None, rules: Rules, now: datetime, language: str
) -> dict[str, Any]:
    def spoken(moment: datetime) -> str:
        return spoken_time(rules.local(moment), rules.local(now), language)

    return {
        "number": order.number,
        "kind": thing(order, language),
        "what": word("promise", row.what.removesuffix(AGAIN), language),
        "was": spoken(row.due_at),
        "by": spoken(again.due_at) if again else "",
        "hotline": rules.hotline,
    }


def _row(tx: Tx, timer: Timer) -> PromiseRow:
    row = tx.promises.get(timer.payload["promise"])
    assert row is not None
    return row


def _is_told(row: PromiseRow) -> bool:
    rule = rule_of(row.what)
    return rule is not None and rule.told


def _task(kind: str, note: str, order: Order, now: datetime, due_at: datetime) -> Task:
    return Task(kind, note, now, order.id, order.conversation_id, order.customer_id, due_at)


def _stamp(moment: datetime, rules: Rules) -> str:
    return f"{rules.local(moment):%Y-%m-%d %H:%M}"
