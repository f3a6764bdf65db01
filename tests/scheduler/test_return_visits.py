"""Return visits by the clock: after a repair, and at least so often by the customer's level (F5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from handlers.notices.again import undelivered
from storage import Store, Tx
from storage.orders import Order
from storage.outbox import Settled
from storage.schema import conversations, customers, outbox, return_visits
from tests.conftest import NOON
from tests.scheduler.desk import Desktop
from tests.scheduler.test_notices import of_customer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def around(*days: int) -> list[int]:
    """The first days, and those shortly before and after the ones on which something is to happen."""
    return sorted({0, 5, *(day + off for day in days for off in (-5, 0, 5))})


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
    assert slots["return_visit"] == {"visit": f"return_visit:{repair.id}:1", "order_number": repair.number}
    counted = desk.store.run(lambda tx: tx.return_visits.counted(NOON, NOON + 31 * DAY))
    assert (counted["due"], counted["made"], counted["answered"]) == (2, 1, 0)


def test_key_customers_twice_a_year_and_long_standing_ones_once(desk: Desktop) -> None:
    """F5: at least so often; others are not visited again."""
    levels = ("key", "long_standing", "normal")
    orders = [closed(desk, "consultation", level=level) for level in levels]
    for day in around(180, 360, 365, 540, 720, 730):
        desk.sweep(NOON + day * DAY)
    assert [visited(desk, order) for order in orders] == [[180, 360, 540, 720], [365, 730], []]


def without_orders(desk: Desktop, peer: str, level: str, **values: object) -> int:
    """A customer who wrote once, when the desk was young."""

    def work(tx: Tx) -> int:
        found = tx.conversations.enter("web", "web", peer, NOON)
        tx.execute(
            update(conversations).where(conversations.c.id == found.id).values(**values or {"language": "zh"})
        )
        tx.execute(update(customers).where(customers.c.id == found.customer_id).values(level=level))
        return found.customer_id

    return desk.store.run(work)


def test_who_never_had_an_order_is_come_back_to_by_level(desk: Desktop) -> None:
    """F5: planned at night, asked once every so many days; who cannot be written to is called by a person."""
    key, normal = without_orders(desk, "k", "key"), without_orders(desk, "n", "normal")
    gone = without_orders(desk, "g", "key", unreachable_since=NOON)
    for day in around(180, 360, 395):
        desk.sweep(NOON + day * DAY)

    def visits(tx: Tx) -> dict[int, list[tuple[int, bool]]]:
        rows = tx.execute(return_visits.select().order_by(return_visits.c.id)).all()
        return {
            customer: [((row.decided_at - NOON).days, row.asked_at is not None) for row in rows
                       if row.customer_id == customer]
            for customer in (key, normal, gone)
        }  # fmt: skip

    assert desk.store.run(visits) == {
        key: [(180, True), (360, True)], normal: [], gone: [(180, False), (360, False)],
    }  # fmt: skip
    called = desk.store.run(lambda tx: tx.tasks.open(kind="return_visit"))
    assert [task.customer_id for task in called] == [gone, gone]


def test_who_is_overdue_is_not_asked_on_the_same_day_as_all_others(desk: Desktop) -> None:
    """F5: a level given to many at once, or a desk brought up to date, makes no flood."""
    for number in range(6):
        without_orders(desk, f"c{number}", "key")
    late = NOON + 300 * DAY
    desk.sweep(late)
    desk.sweep(late + DAY)
    planned = desk.store.run(lambda tx: tx.timers.coming(20, "return_visit_regular"))
    assert len({timer.due_at.date() for timer in planned}) == 6


def test_what_did_not_arrive_was_not_made(desk: Desktop) -> None:
    """F5, F6: the platform refused it, and nothing else was left."""
    order = closed(desk)
    desk.sweep(NOON + 14 * DAY)

    def refuse(tx: Tx) -> None:
        row = next(iter(tx.execute(select(outbox.c.id).order_by(outbox.c.id.desc()).limit(1))))[0]
        tx.outbox.settle([Settled(row, "undeliverable", NOON + 14 * DAY, 1, reason="no")])
        undelivered(tx, [row], NOON + 14 * DAY)

    desk.store.run(refuse)
    desk.sweep(NOON + 14 * DAY)
    visit = desk.store.run(lambda tx: tx.return_visits.find(f"return_visit:{order.id}:1"))
    assert visit is not None
    assert visit.asked_at is None
