"""What waits for the customer: reminded of once, then closed or a task (F2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from handlers.fees.quotation import Quotation
from handlers.quotations import ask
from handlers.waiting import WaitingSettings
from storage import Store
from storage.orders import Order
from tests.conftest import NOON
from tests.scheduler.desk import AGENT, Desktop

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def told(desk: Desktop, order: Order, words: str) -> list[float]:
    """How many days after noon the customer was told that."""
    return [(at - NOON) / DAY for at, text in desk.said(order) if words in text]


def test_a_result_that_nobody_confirms_is_closed_by_the_clock(desk: Desktop) -> None:
    """F2, F4: asked when it was done, once more after a day, closed after a week, then surveyed."""
    order = desk.open(at=NOON - HOUR)
    desk.move(order, "take", NOON)
    desk.work(order, "resolve", NOON)
    desk.every(120, NOON, 7.5 * 24)
    assert told(desk, order, "现在都正常吗") == [0, 1]
    assert told(desk, order, "已完成。") == [7]
    assert desk.order(order).status == "closed"
    events = desk.store.run(lambda tx: tx.orders.events(order.id))
    assert (events[-1].move, events[-1].actor, events[-1].note) == (
        "close", "system", "not confirmed within 7 days",
    )  # fmt: skip
    assert told(desk, order, "您满意吗") == [7 + 2 / 24]


def test_a_confirmed_result_is_left_alone(desk: Desktop) -> None:
    order = desk.open(at=NOON - HOUR)
    desk.move(order, "take", NOON)
    desk.work(order, "resolve", NOON)
    desk.move(order, "confirm", NOON + HOUR)
    desk.move(order, "close", NOON + HOUR)
    desk.every(240, NOON, 8 * 24)
    assert told(desk, order, "现在都正常吗") == [0]


def test_resolved_again_waits_anew(desk: Desktop) -> None:
    order = desk.open(at=NOON - HOUR)
    desk.move(order, "take", NOON)
    desk.move(order, "resolve", NOON)
    desk.sweep(NOON)
    desk.move(order, "reopen", NOON + HOUR)
    desk.move(order, "take", NOON + HOUR)
    desk.move(order, "resolve", NOON + 2 * DAY)
    desk.every(240, NOON + HOUR, 8 * 24)
    assert told(desk, order, "现在都正常吗") == [3 + 1 / 24]
    assert desk.order(order).status == "resolved"


def test_an_open_question_is_reminded_of_once_then_a_task(desk: Desktop) -> None:
    """F2: with the question itself."""
    order = desk.open(at=NOON - HOUR)
    desk.move(order, "take", NOON)
    desk.work(order, "ask_customer", NOON, reason="插座有电吗？")
    desk.every(120, NOON, 4 * 24)
    assert told(desk, order, "插座有电吗") == [0, 1]
    assert desk.tasks(order).count("unanswered") == 1
    assert not [one for one in desk.store.run(lambda tx: tx.timers.of_order(order.id)) if "answer" in one.job]


def test_a_second_quotation_is_waited_for_anew(desk: Desktop) -> None:
    """F2, E7: the reminder and the task count from the newest one, also when nobody answered the first."""
    order = desk.open(at=NOON - HOUR)
    desk.move(order, "take", NOON)
    for hours in (0, 1, 1, 20):  # two at the same minute
        at = NOON + hours * HOUR
        quotation = Quotation(order.number, f"after {hours} hours", "repair", (), "CNY", 0, at + 7 * DAY)
        desk.store.run(lambda tx, q=quotation, at=at: ask(tx, desk.voice, order, q, AGENT, at))  # type: ignore[misc]
        desk.sweep(at)
    desk.every(240, NOON + DAY, 4 * 24)
    assert told(desk, order, "还在等您决定") == [(20 + 24) / 24]
    assert told(desk, order, "after 20 hours") == [20 / 24, (20 + 24) / 24]
    assert desk.tasks(order).count("unanswered") == 1


def test_bad_settings_are_told() -> None:
    with pytest.raises(ValidationError, match="remind_after_hours must be before"):
        WaitingSettings(remind_after_hours=100)
