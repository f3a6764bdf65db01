"""What waits for the customer: a result to confirm, a question, a quotation (F2).

Reminded of once; a result that nobody confirms is closed by the clock, the rest becomes a task.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers import life
from handlers.fees.wording import whole
from handlers.life.telling import tell, thing
from handlers.notices.sending import Occasion, Wanted, send_all
from handlers.quotations import quotation_of
from scheduler.holding import Held, hold
from scheduler.rules import Rules
from scheduler.timers import Together, Works
from storage import Tx
from storage.orders import Order
from storage.quotations import ASKED
from storage.tasks import Task
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

REMIND, CLOSE, UNANSWERED = "answer_remind", "answer_close", "unanswered"
RESOLVED, WAITING = "resolved", "waiting_for_customer"


def works(rules: Rules) -> Works:
    """What this module does with which timers."""
    return {
        REMIND: Together(partial(_remind, rules=rules)),
        CLOSE: partial(_if_waiting, work=partial(_close, rules=rules)),
        UNANSWERED: partial(_if_waiting, work=_unanswered),
    }


def begin(tx: Tx, order: Order, move: str, version: int, at: datetime, rules: Rules, now: datetime) -> None:
    """From a move that asks the customer something, the answer is waited for."""
    found = life.life().moves.get(move)
    if found is None or found.target not in (RESOLVED, WAITING):
        return
    settings = rules.waiting
    jobs = {REMIND: settings.remind_after_hours}
    if found.target == RESOLVED:
        jobs[CLOSE] = settings.close_after_days * 24
    else:
        jobs[UNANSWERED] = settings.task_after_hours
    for job, hours in jobs.items():
        payload = {"version": version, "status": found.target, "at": at.isoformat()}
        key = f"{job}:{order.id}:{version}:{at:%Y%m%dT%H%M%S.%f}"
        tx.timers.set(Timer(key, job, at + timedelta(hours=hours), order.id, payload=payload), now)


def _if_waiting(
    tx: Tx,
    timer: Timer,
    now: datetime,
    voice: Voice,
    work: Callable[[Tx, Timer, Order, datetime], None],
) -> bool:
    """Do it if the customer has not answered since, nor anybody else moved on."""
    assert timer.order_id is not None
    order = tx.orders.get(timer.order_id)
    if tx.conversations.take(order.conversation_id) is None:
        return False
    order = tx.orders.get(order.id, lock=True)
    if _waits(tx, timer, order):
        work(tx, timer, order, now)
    tx.timers.done(timer)
    return True


def _waits(tx: Tx, timer: Timer, order: Order) -> bool:
    """Whether the move that asked is still the last one that led anywhere.

    A second quotation counts no version: the moment tells it from the first.
    """
    if order.status != timer.payload["status"]:
        return False
    leading = {move.name for move in life.life().moves.values() if move.target}
    last = next((one for one in reversed(tx.orders.events(order.id)) if one.move in leading), None)
    told = timer.payload
    at = told.get("at")  # of timers set before moments were kept: any
    return last is not None and last.version == told["version"] and at in (None, last.at.isoformat())


def _remind(tx: Tx, timers: Sequence[Timer], now: datetime, voice: Voice, rules: Rules) -> int:
    """Ask once more what the customers have not answered yet."""
    held = hold(tx, timers, as_now=True)
    asking = [one for one in held if _waits(tx, one.timer, one.order)]
    occasions = [_occasion(tx, one, rules, now) for one in asking]
    verdicts = send_all(tx, voice, occasions, rules.notices, rules.zone, now)
    known = zip(asking, verdicts, strict=True)
    later = {one.timer.id: v.until for one, v in known if v is not None and v.until is not None}
    tx.timers.done(*(one.timer for one in held if one.timer.id not in later))
    tx.timers.later_each((one.timer, later[one.timer.id], {}) for one in held if one.timer.id in later)
    return len(held)


def _occasion(tx: Tx, one: Held, rules: Rules, now: datetime) -> Occasion:
    order = one.order
    response, more = _asked(tx, order)

    def words(language: str) -> dict[str, Any]:
        told = {"number": order.number, "kind": thing(order, language), "about": order.kind}
        return {**told, **more(rules, now, language)}

    return Occasion(
        one.conversation, Wanted(one.timer.key, "answer", response, one.timer.due_at, order), words
    )


def _asked(tx: Tx, order: Order) -> tuple[str, Callable[[Rules, datetime, str], dict[str, Any]]]:
    """The response that asks once more, and what it is filled with."""
    if order.status == RESOLVED:
        return "utter_result_reminder", lambda *_: {}
    row = tx.quotations.latest(order.id)
    if row is not None and row.state == ASKED:
        quotation = quotation_of(row)
        return "utter_quotation_reminder", lambda rules, now, language: {
            "quotation": whole(quotation, rules.local(now), language),
            "mark": quotation.fingerprint,
        }
    question = next((e.note for e in reversed(tx.orders.events(order.id)) if e.move == "ask_customer"), "")
    return "utter_question_reminder", lambda *_: {"reason": question}


def _close(tx: Tx, timer: Timer, order: Order, now: datetime, rules: Rules) -> None:
    reason = f"not confirmed within {rules.waiting.close_after_days:g} days"
    tell(tx, life.move(tx, order, "close", life.SYSTEM, reason, now), now)


def _unanswered(tx: Tx, timer: Timer, order: Order, now: datetime) -> None:
    row = tx.quotations.latest(order.id)
    what = "the quotation" if row is not None and row.state == ASKED else "what they were asked"
    note = f"the customer has not answered {what}"
    tx.tasks.add(Task(UNANSWERED, note, now, order.id, order.conversation_id, order.customer_id, now))
