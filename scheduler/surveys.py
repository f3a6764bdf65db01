"""Surveys: asked once in each round of an order, reminded of once, over after a while (F4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers import survey as flow
from handlers.life.telling import thing
from handlers.notices import Verdict
from handlers.notices.sending import Wanted, drop, send
from scheduler.rules import Rules
from scheduler.timers import Work
from storage import Tx
from storage.conversations import Conversation
from storage.orders import Order
from storage.surveys import EXPIRED, SENT, Survey
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

SURVEY, REMIND, EXPIRE = "survey", "survey_remind", "survey_expire"
CLOSED = "closed"
ALONE = "solve_alone"
"""The move that ends an order which its customer solved alone."""


def works(rules: Rules) -> Mapping[str, Work]:
    """What this module does with which timers."""
    return {
        SURVEY: partial(_ask, rules=rules),
        REMIND: partial(_remind, rules=rules),
        EXPIRE: _expire,
    }


def begin(tx: Tx, order: Order, move: str, rules: Rules, now: datetime) -> None:
    """From its end on, an order's customer is asked how it went; solved alone only by setting."""
    wanted = rules.surveys.self_service if move == ALONE else order.kind in rules.surveys.kinds
    if order.status != CLOSED or order.closed_at is None or not wanted:
        return
    key = f"{SURVEY}:{order.id}:{order.round}"
    due_at = order.closed_at + rules.surveys.delay
    tx.timers.set(Timer(key, SURVEY, due_at, order.id, payload={"round": order.round}), now)


def _ask(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Ask if the order is still closed; where it may not be asked yet, later."""
    found = _locked(tx, timer)
    if found is None:
        return False
    conversation, order = found
    wanted_at = timer.due_at if "wanted_at" not in timer.payload else _moment(timer.payload["wanted_at"])
    until = now + rules.surveys.open_for
    wanted = Wanted(
        f"{SURVEY}:{order.id}:{timer.payload['round']}", "survey", "utter_survey", wanted_at, order,
        keeps=flow.asked(order, until),
    )  # fmt: skip
    if order.status != CLOSED or order.round != timer.payload["round"]:
        drop(tx, conversation, wanted, f"overtaken:{order.status}", now)
        tx.timers.done(timer)
        return True
    verdict = _say(tx, voice, conversation, wanted, rules, now)
    if verdict is not None and verdict.until is not None:
        tx.timers.later(timer, verdict.until, wanted_at=wanted_at.isoformat())
        return True
    if verdict is not None and verdict.said:
        tx.surveys.ask(Survey(order.id, order.round, now, until))
        for job, due_at in ((REMIND, now + rules.surveys.remind_after), (EXPIRE, until)):
            key = f"{job}:{order.id}:{order.round}"
            tx.timers.set(Timer(key, job, due_at, order.id, payload={"round": order.round}), now)
    tx.timers.done(timer)
    return True


def _remind(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Ask once more if nothing was answered yet."""
    found = _locked(tx, timer)
    if found is None:
        return False
    conversation, order = found
    survey = tx.surveys.latest(order.id)
    waits = survey is not None and (survey.state, survey.round) == (SENT, timer.payload["round"])
    if survey is None or not waits or now >= survey.expires_at or order.round != survey.round:
        tx.timers.done(timer)
        return True
    wanted_at = survey.sent_at + rules.surveys.remind_after
    wanted = Wanted(
        f"{REMIND}:{order.id}:{survey.round}", "survey", "utter_survey_reminder", wanted_at, order,
        keeps=flow.asked(order, survey.expires_at),
    )  # fmt: skip
    verdict = _say(tx, voice, conversation, wanted, rules, now)
    if verdict is not None and verdict.until is not None:
        tx.timers.later(timer, verdict.until)
        return True
    if verdict is not None and verdict.said:
        tx.surveys.change(survey, reminded_at=now)
    tx.timers.done(timer)
    return True


def _expire(tx: Tx, timer: Timer, now: datetime, voice: Voice) -> bool:
    """What nobody answered is over; an answer is noted still, but no longer counts."""
    found = _locked(tx, timer)
    if found is None:
        return False
    survey = tx.surveys.of_round(found[1].id, timer.payload["round"])
    if survey is not None and survey.state == SENT:
        tx.surveys.change(survey, state=EXPIRED)
    tx.timers.done(timer)
    return True


def _locked(tx: Tx, timer: Timer) -> tuple[Conversation, Order] | None:
    """The order behind its conversation; None while somebody else has the conversation."""
    assert timer.order_id is not None
    order = tx.orders.get(timer.order_id)
    conversation = tx.conversations.take(order.conversation_id)
    return (conversation, tx.orders.get(order.id)) if conversation else None


def _say(
    tx: Tx, voice: Voice, conversation: Conversation, wanted: Wanted, rules: Rules, now: datetime
) -> Verdict | None:
    def words(language: str) -> dict[str, Any]:
        assert wanted.order is not None
        order = wanted.order
        return {"number": order.number, "kind": thing(order, language), "round": order.round}

    return send(tx, voice, conversation, wanted, rules.notices, rules.zone, now, words)


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored)
