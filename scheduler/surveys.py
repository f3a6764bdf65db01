"""Surveys: asked once in each round of an order, reminded of once, over after a while (F4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from handlers import survey as flow
from handlers.life.telling import thing
from handlers.notices.sending import Occasion, Wanted, Words, drop, send_all
from scheduler.holding import hold
from scheduler.rules import Rules
from scheduler.timers import Together, Works
from storage import Tx
from storage.orders import Order
from storage.surveys import SENT, Survey
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

SURVEY, REMIND, EXPIRE = "survey", "survey_remind", "survey_expire"
CLOSED = "closed"
ALONE = "solve_alone"
"""The move that ends an order which its customer solved alone."""


def works(rules: Rules) -> Works:
    """What this module does with which timers."""
    return {
        SURVEY: Together(partial(_ask, rules=rules)),
        REMIND: Together(partial(_remind, rules=rules)),
        EXPIRE: Together(_expire),
    }


def begin(tx: Tx, order: Order, move: str, rules: Rules, now: datetime) -> None:
    """From its end on, an order's customer is asked how it went; solved alone only by setting."""
    wanted = rules.surveys.self_service if move == ALONE else order.kind in rules.surveys.kinds
    if order.status != CLOSED or order.closed_at is None or not wanted:
        return
    key = f"{SURVEY}:{order.id}:{order.round}"
    due_at = order.closed_at + rules.surveys.delay
    tx.timers.set(Timer(key, SURVEY, due_at, order.id, payload={"round": order.round}), now)


def _ask(tx: Tx, timers: Sequence[Timer], now: datetime, voice: Voice, rules: Rules) -> int:
    """Ask about the orders that are still closed; where it may not be asked yet, later."""
    held, asking, until = hold(tx, timers, as_now=True), [], now + rules.surveys.open_for
    done: list[Timer] = []
    for one in held:
        timer, order = one.timer, one.order
        key, wanted_at = f"{SURVEY}:{order.id}:{timer.payload['round']}", _wanted_at(timer)
        wanted = Wanted(key, "survey", "utter_survey", wanted_at, order, keeps=flow.asked(order, until))
        if order.status == CLOSED and order.round == timer.payload["round"]:
            asking.append((timer, order, Occasion(one.conversation, wanted, _words(order))))
        else:
            drop(tx, one.conversation, wanted, f"overtaken:{order.status}", now)
            done.append(timer)
    said, later = _told(tx, voice, asking, rules, now)
    tx.surveys.ask(*(Survey(order.id, order.round, now, until) for order in said))
    jobs = ((REMIND, now + rules.surveys.remind_after), (EXPIRE, until))
    tx.timers.set_all([
        Timer(f"{job}:{order.id}:{order.round}", job, due_at, order.id, payload={"round": order.round})
        for order in said for job, due_at in jobs
    ], now)  # fmt: skip
    tx.timers.done(*done, *(timer for timer, _, _ in asking if timer.id not in later))
    tx.timers.later_each(
        (timer, later[timer.id], {"wanted_at": _wanted_at(timer).isoformat()})
        for timer, _, _ in asking if timer.id in later
    )  # fmt: skip
    return len(held)


def _remind(tx: Tx, timers: Sequence[Timer], now: datetime, voice: Voice, rules: Rules) -> int:
    """Ask once more where nothing was answered yet."""
    held, asking = hold(tx, timers, as_now=True), []
    surveys = tx.surveys.of_orders(one.order.id for one in held)
    for one in held:
        order, survey = one.order, surveys.get((one.order.id, one.timer.payload["round"]))
        if survey is None or survey.state != SENT or now >= survey.expires_at or order.round != survey.round:
            continue
        wanted = Wanted(
            f"{REMIND}:{order.id}:{survey.round}", "survey", "utter_survey_reminder",
            survey.sent_at + rules.surveys.remind_after, order, keeps=flow.asked(order, survey.expires_at),
        )  # fmt: skip
        asking.append((one.timer, order, Occasion(one.conversation, wanted, _words(order))))
    said, later = _told(tx, voice, asking, rules, now)
    if said:
        tx.surveys.reminded([surveys[order.id, order.round] for order in said], now)
    tx.timers.done(*(one.timer for one in held if one.timer.id not in later))
    tx.timers.later_each((one.timer, later[one.timer.id], {}) for one in held if one.timer.id in later)
    return len(held)


def _expire(tx: Tx, timers: Sequence[Timer], now: datetime, voice: Voice) -> int:
    """What nobody answered is over; an answer is noted still, but no longer counts."""
    held = hold(tx, timers)
    surveys = tx.surveys.of_orders(one.order.id for one in held)
    found = (surveys.get((one.order.id, one.timer.payload["round"])) for one in held)
    over = [survey for survey in found if survey is not None and survey.state == SENT]
    if over:
        tx.surveys.expire(over)
    tx.timers.done(*(one.timer for one in held))
    return len(held)


def _told(
    tx: Tx, voice: Voice, asking: Sequence[tuple[Timer, Order, Occasion]], rules: Rules, now: datetime
) -> tuple[list[Order], dict[int, datetime]]:
    """The orders whose customers were asked, and when to try again with which timers."""
    verdicts = send_all(tx, voice, [one for _, _, one in asking], rules.notices, rules.zone, now)
    known = [(*one, verdict) for one, verdict in zip(asking, verdicts, strict=True) if verdict is not None]
    later = {timer.id: verdict.until for timer, _, _, verdict in known if verdict.until is not None}
    return [order for timer, order, _, verdict in known if verdict.said and timer.id not in later], later


def _words(order: Order) -> Words:
    return lambda language: {"number": order.number, "kind": thing(order, language), "round": order.round}


def _wanted_at(timer: Timer) -> datetime:
    stored = timer.payload.get("wanted_at")
    return datetime.fromisoformat(stored) if stored else timer.due_at
