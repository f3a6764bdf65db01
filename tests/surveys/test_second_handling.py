"""Who is dissatisfied gets a supervisor, automatically and once (F4, E5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from handlers.desk import Desk, Terms
from handlers.surveys.kept import Answer, rate
from handlers.surveys.opinion import opinion
from handlers.surveys.second import handle_again
from handlers.surveys.settings import SurveySettings
from storage import Store, Tx
from storage.orders import Order
from storage.surveys import Survey
from tests.conftest import NOON
from tests.scheduler.desk import Desktop

HOUR = timedelta(hours=1)
AT = NOON + 2 * HOUR
WORDS = "态度太差"


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def closed(desk: Desktop) -> Order:
    order = desk.open(at=NOON - HOUR)
    for move in ("take", "resolve", "close"):
        desk.move(order, move, NOON)
    desk.store.run(lambda tx: tx.surveys.ask(Survey(order.id, 1, NOON, NOON + timedelta(days=7))))
    desk.sweep(AT)
    return order


def answered(desk: Desktop, order: Order, rating: str, **settings: Any) -> datetime | None:
    def work(tx: Tx) -> datetime | None:
        conversation = tx.conversations.get(order.conversation_id, lock=True)
        terms = Terms(surveys=SurveySettings(**settings))
        turn = Desk(tx, conversation, None, terms, AT, "m")  # type: ignore[arg-type]
        found, now = tx.surveys.latest(order.id), tx.orders.get(order.id)
        assert found is not None
        found, _ = rate(turn, now, found, Answer(rating, WORDS, opinion(WORDS)))
        return handle_again(turn, now, found)

    return desk.store.run(work)


def test_dissatisfied_is_taken_up_again_one_level_up(desk: Desktop) -> None:
    """F4: reopened and escalated with the words, a task for a supervisor, the promise of second handling."""
    order = closed(desk)
    until = answered(desk, order, "dissatisfied")
    assert until is not None
    now = desk.order(order)
    assert (now.status, now.round, now.escalation, now.promised_at) == ("reopened", 2, 1, until)
    assert desk.tasks(order) == ["second_handling"]
    notes = [e.note for e in desk.store.run(lambda tx: tx.orders.events(order.id)) if e.move == "reopen"]
    assert notes == [f"dissatisfied: {WORDS}"]
    assert answered(desk, order, "dissatisfied") is None
    assert desk.tasks(order) == ["second_handling"]
    desk.sweep(AT)
    assert desk.promises(order)["second_handling"].due_at == until


@pytest.mark.parametrize(
    ("rating", "settings"),
    [("satisfied", {}), ("neutral", {}), ("dissatisfied", {"second_handling": False})],
)
def test_otherwise_nothing_begins(desk: Desktop, rating: str, settings: dict[str, Any]) -> None:
    order = closed(desk)
    assert answered(desk, order, rating, **settings) is None
    assert (desk.order(order).status, desk.tasks(order)) == ("closed", [])


def test_once_often_enough_a_manager_gets_a_task(desk: Desktop) -> None:
    order = closed(desk)
    assert answered(desk, order, "dissatisfied", second_handling_rounds=0) is not None
    assert (desk.order(order).status, desk.tasks(order)) == ("closed", ["second_handling"])
