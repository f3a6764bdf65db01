"""Return visits by the clock: after a repair, and at least so often by the customer's level (F5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import Store
from storage.orders import Order
from tests.conftest import NOON
from tests.scheduler.desk import Desktop
from tests.scheduler.test_notices import of_customer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def closed(desk: Desktop, kind: str = "fault", **customer: object) -> Order:
    order = desk.open(kind, at=NOON - HOUR)
    of_customer(desk, order, **(customer or {"level": "normal"}))
    for move in ("take", "resolve", "close"):
        desk.move(order, move, NOON)
    desk.sweep(NOON)
    return order


def visited(desk: Desktop, order: Order) -> list[float]:
    """After how many days the customer was asked."""
    return [(at - NOON) / DAY for at, text in desk.said(order) if text.startswith("回访")]


def test_some_days_after_a_repair(desk: Desktop) -> None:
    """F5: once, by the kind of order; not of one that was taken up again; not of who opted out."""
    repair, other, again, out = (
        closed(desk), closed(desk, "consultation"), closed(desk), closed(desk, opted_out_at=NOON),
    )  # fmt: skip
    desk.move(again, "reopen", NOON + DAY)
    for day in (13, 14, 15, 30):
        desk.sweep(NOON + day * DAY)
    assert [visited(desk, one) for one in (repair, other, again, out)] == [[14], [], [], []]
    assert ("return_visit", "dropped") in desk.notices(out)
    slots = desk.store.run(lambda tx: tx.conversations.get(repair.conversation_id).state["slots"])
    assert slots["return_visit"] == repair.number


def test_key_customers_twice_a_year_and_long_standing_ones_once(desk: Desktop) -> None:
    """F5: at least so often; others are not visited again."""
    levels = ("key", "long_standing", "normal")
    orders = [closed(desk, "consultation", level=level) for level in levels]
    for day in range(0, 740, 5):
        desk.sweep(NOON + day * DAY)
    assert [visited(desk, order) for order in orders] == [[180, 360, 540, 720], [365, 730], []]
