"""News of the staff's moves go the way of everything said unasked (F1, F6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from handlers.seen import seen
from storage import Store
from storage.schema import outbox
from tests.conftest import NOON
from tests.scheduler.desk import Desktop
from tests.scheduler.test_notices import of_conversation, of_customer

NIGHT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
MORNING = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def test_by_day_it_is_told_at_once(desk: Desktop) -> None:
    order = desk.open(at=NOON)
    desk.work(order, "take", NOON, contact="Mr Wang")
    desk.sweep(NOON)
    ((at, text),) = desk.said(order)
    assert at == NOON
    assert "Mr Wang" in text
    assert ("news", "sent") in desk.notices(order)


def test_it_says_what_was_promised_next(desk: Desktop) -> None:
    """A5: what comes next, and by when; a promise that was kept is not told again."""
    order = desk.open(at=NOON)
    desk.work(order, "take", NOON)
    desk.sweep(NOON)
    rows = desk.promises(order)
    assert rows["answer"].state == "kept"
    ((_, text),) = desk.said(order)
    due = rows["plan" if "plan" in rows else "solve"].due_at.astimezone(ZoneInfo("Asia/Shanghai"))
    assert f"{due:%H:%M} 之前" in text


def test_a_move_of_the_night_is_told_in_the_morning_if_it_still_holds(desk: Desktop) -> None:
    """F6: of two moves in one night the customer hears the newest."""
    order = desk.open(at=NOON)
    desk.work(order, "take", NIGHT)
    desk.sweep(NIGHT)
    desk.work(order, "diagnose", NIGHT + HOUR)
    desk.every(30, NIGHT + HOUR, 7.5)
    assert desk.said(order) == []
    desk.sweep(MORNING)
    ((_, text),) = desk.said(order)
    assert "正在查找原因" in text
    assert sorted(d for kind, d in desk.notices(order) if kind == "news") == ["dropped", "sent"]


@pytest.mark.parametrize(("priority", "move"), [("urgent", "take"), ("normal", "arrive")])
def test_what_is_urgent_is_told_at_night_too(desk: Desktop, priority: str, move: str) -> None:
    order = desk.open(at=NOON, priority=priority)
    if move == "arrive":
        desk.move(order, "take", NIGHT)
    desk.work(order, move, NIGHT)
    desk.sweep(NIGHT)
    assert ("news", "sent") in desk.notices(order)


def test_who_opted_out_of_reminders_still_hears_how_their_order_goes(desk: Desktop) -> None:
    """F6: news of an order that the customer opened, and broken promises, are no advertising."""
    order = desk.open(at=NOON)
    of_customer(desk, order, opted_out_at=NOON)
    desk.work(order, "take", NOON)
    desk.sweep(NOON)
    assert len(desk.said(order)) == 1


def test_the_staff_speaks_although_a_person_has_the_conversation(desk: Desktop) -> None:
    order = desk.open(at=NOON)
    of_conversation(desk, order, owner="queue")
    desk.work(order, "take", NOON)
    desk.sweep(NOON)
    assert len(desk.said(order)) == 1


@pytest.mark.parametrize(("channel", "tasks"), [("wechat", ["tell_customer"]), ("rest", [])])
def test_what_no_channel_carries_waits_for_the_customer(
    desk: Desktop, channel: str, tasks: list[str]
) -> None:
    """F6: written, to be delivered with their next message; a person is told where they may wait long."""
    order = desk.open(at=NOON, channel=channel)
    desk.work(order, "take", NOON)
    desk.sweep(NOON)
    assert len(desk.said(order)) == 1
    assert ("news", "parked") in desk.notices(order)
    assert desk.tasks(order) == tasks


def test_news_are_heard_once_they_have_arrived(desk: Desktop, store: Store) -> None:
    """E7, E8: not while they wait for the morning, nor while the platform has not taken them."""
    order = desk.open(at=NOON)
    desk.work(order, "take", NOON)
    desk.work(order, "resolve", NIGHT)

    def heard() -> bool:
        found = (order, "resolve", "confirm_result", order.number, ())
        return store.run(lambda tx: seen(tx, *found)) == "whole"

    desk.sweep(NIGHT)
    assert not heard()
    desk.sweep(MORNING)
    assert not heard()
    for state, arrived in (("parked", False), ("undeliverable", False), ("unknown", True), ("sent", True)):
        store.run(lambda tx, state=state: tx.execute(update(outbox).values(state=state)))  # type: ignore[misc]
        assert heard() is arrived, state
    for move in ("reopen", "take"):
        desk.move(order, move, MORNING + HOUR, reason="again")
    desk.work(order, "resolve", MORNING + HOUR)
    assert not heard()
