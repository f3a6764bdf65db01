"""Surveys by the clock: asked once in each round, reminded of once, over after a while (F4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import update

from handlers.life import SYSTEM
from handlers.surveys.settings import SurveySettings
from storage import Store, Tx
from storage.orders import Order
from storage.schema import conversations
from storage.surveys import Survey
from tests.conftest import NOON
from tests.scheduler.desk import AGENT, Desktop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ASKED = "您满意吗"


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def closed(desk: Desktop, kind: str = "fault") -> Order:
    """An order resolved and closed at noon."""
    order = desk.open(kind, at=NOON - HOUR)
    for move in ("take", "resolve", "close"):
        desk.move(order, move, NOON)
    return order


def survey(desk: Desktop, order: Order) -> Survey | None:
    return desk.store.run(lambda tx: tx.surveys.latest(order.id))


def asked(desk: Desktop, order: Order) -> list[float]:
    """How many hours after its end the customer was asked."""
    return [(at - NOON) / HOUR for at, text in desk.said(order) if ASKED in text]


def change(desk: Desktop, order: Order, **values: object) -> None:
    statement = update(conversations).where(conversations.c.id == order.conversation_id).values(**values)
    desk.store.run(lambda tx: tx.execute(statement) and None)


def test_asked_reminded_of_once_and_over(desk: Desktop) -> None:
    """F4: two hours after the end, once more after a day, not counted after a week."""
    order = closed(desk)
    desk.every(60, NOON, 8 * 24)
    assert asked(desk, order) == [2, 26]
    found = survey(desk, order)
    assert found is not None
    assert (found.state, found.sent_at, found.reminded_at) == ("expired", NOON + 2 * HOUR, NOON + 26 * HOUR)
    assert desk.notices(order) == [("survey", "sent")] * 2
    slots = desk.store.run(lambda tx: tx.conversations.get(order.conversation_id).state["slots"])
    assert slots["survey"]["number"] == order.number
    left = desk.store.run(lambda tx: tx.timers.of_order(order.id))
    assert not [timer for timer in left if timer.job.startswith("survey")]


def test_answered_is_not_reminded_of(desk: Desktop) -> None:
    order = closed(desk)
    desk.every(60, NOON, 3)

    def answer(tx: Tx) -> None:
        found = tx.surveys.latest(order.id)
        assert found is not None
        tx.surveys.change(
            found, state="answered", rating="satisfied", answered_at=NOON, answers=[{"rating": "satisfied"}]
        )

    desk.store.run(answer)
    desk.every(240, NOON + 3 * HOUR, 8 * 24)
    assert asked(desk, order) == [2]
    found = survey(desk, order)
    assert found is not None
    assert (found.state, found.answers) == ("answered", [{"rating": "satisfied"}])


@pytest.mark.parametrize("kind", ["cancelled", "self-service", "other kind"])
def test_who_is_not_asked(desk: Desktop, kind: str) -> None:
    """F4: cancelled orders never; those solved alone and other kinds by setting."""
    if kind == "cancelled":
        order = desk.open(at=NOON)
        desk.move(order, "cancel", NOON)
    elif kind == "self-service":
        order = desk.open(at=NOON, opening="solve_alone")
    else:
        desk.rules = replace(desk.rules, surveys=SurveySettings(kinds=("complaint",)))
        order = closed(desk)
    desk.every(60, NOON, 5)
    assert asked(desk, order) == []
    assert survey(desk, order) is None


def test_solved_alone_is_asked_where_set(desk: Desktop) -> None:
    desk.rules = replace(desk.rules, surveys=SurveySettings(self_service=True))
    order = desk.open(at=NOON, opening="solve_alone")
    desk.every(60, NOON, 3)
    assert asked(desk, order) == [2]


def test_not_while_a_person_has_the_conversation_nor_in_the_middle_of_a_report(desk: Desktop) -> None:
    """F4, T8: it waits, and is asked when they are done; the customer's form is not disturbed."""
    order = closed(desk)
    change(desk, order, owner="queue")
    desk.every(30, NOON, 3)
    assert asked(desk, order) == []
    assert desk.notices(order) == [("survey", "postponed")]
    change(desk, order, owner="bot", state={"loop": "report_fault_form"})
    desk.every(30, NOON + 3.5 * HOUR, 1)
    assert asked(desk, order) == []
    change(desk, order, state={"loop": None})
    desk.every(30, NOON + 5 * HOUR, 1)
    assert asked(desk, order) == [5]


def test_a_reopened_order_is_asked_about_in_its_new_round(desk: Desktop) -> None:
    order = closed(desk)
    desk.sweep(NOON)
    desk.move(order, "reopen", NOON + HOUR)
    desk.every(60, NOON + HOUR, 3)
    assert asked(desk, order) == []
    assert desk.notices(order) == [("survey", "dropped")]
    for move in ("take", "resolve", "close"):
        desk.move(order, move, NOON + 4 * HOUR, actor=SYSTEM if move == "close" else AGENT)
    desk.every(60, NOON + 4 * HOUR, 3)
    assert asked(desk, order) == [6]
    found = survey(desk, order)
    assert found is not None
    assert found.round == 2


def test_the_survey_of_a_round_ends_although_the_next_one_is_asked_about(desk: Desktop) -> None:
    """F4: an unanswered survey does not stay open when the order is reopened and closed meanwhile."""
    order = closed(desk)
    desk.every(60, NOON, 3)
    for move in ("reopen", "take", "resolve", "close"):
        desk.move(order, move, NOON + 24 * HOUR, actor=SYSTEM if move == "close" else AGENT)
    desk.every(60, NOON + 24 * HOUR, 3)
    desk.sweep(NOON + 8 * 24 * HOUR)
    first, second = desk.store.run(lambda tx: [tx.surveys.of_round(order.id, round_) for round_ in (1, 2)])
    assert first is not None
    assert second is not None
    assert (first.state, second.state) == ("expired", "sent")


def test_a_round_is_surveyed_once(store: Store) -> None:
    """F4, F8."""
    order = Desktop(store).open()
    row = Survey(order.id, 1, NOON, NOON + DAY)
    store.run(lambda tx: [tx.surveys.ask(row, replace(row, round=2)), tx.surveys.ask(row)])
    assert list(store.run(lambda tx: tx.surveys.of_orders([order.id]))) == [(order.id, 1), (order.id, 2)]


def test_bad_settings_are_told() -> None:
    with pytest.raises(ValidationError, match="before expire_after_days"):
        SurveySettings(remind_after_hours=24, expire_after_days=1)
