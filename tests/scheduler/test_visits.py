"""Appointments are reminded of the day before and shortly before, if they still stand (F2, C5)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from storage import Store
from storage.appointments import Appointment
from storage.orders import Order
from tests.conftest import NOON
from tests.scheduler.desk import Desktop

HOUR = timedelta(hours=1)
VISIT = NOON + timedelta(days=3, hours=1.5)  # 13:30 in Shanghai


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def book(desk: Desktop, order: Order, starts_at: datetime, slot: str = "a|1") -> Appointment:
    booked = desk.store.run(
        lambda tx: tx.appointments.book(order.id, starts_at, starts_at + 2 * HOUR, [slot], NOON)
    )
    assert booked is not None
    return booked


def reminders(desk: Desktop, order: Order) -> list[datetime]:
    return [at for at, text in desk.said(order) if text.startswith("提醒您")]


def test_the_day_before_and_shortly_before(desk: Desktop) -> None:
    """F2: twice, with the time in words."""
    order = desk.open("installation")
    book(desk, order, VISIT)
    desk.every(30, NOON, 80)
    assert reminders(desk, order) == [VISIT - 24 * HOUR, VISIT - 2 * HOUR]
    texts = [text for _, text in desk.said(order) if text.startswith("提醒您")]
    assert "明天 13:30–15:30" in texts[0]
    assert "今天 13:30–15:30" in texts[1]


def test_a_moved_appointment_is_reminded_of_at_its_new_time(desk: Desktop) -> None:
    order = desk.open("installation")
    first = book(desk, order, VISIT)
    desk.sweep(NOON + HOUR)
    desk.store.run(lambda tx: tx.appointments.end(first, "moved"))
    book(desk, order, VISIT + 48 * HOUR, "a|2")
    desk.every(60, NOON + HOUR, 130)
    assert len(reminders(desk, order)) == 2
    assert min(reminders(desk, order)) > VISIT


def test_an_early_visit_is_reminded_of_after_the_quiet_hours_and_never_late(desk: Desktop) -> None:
    """F6, F8: 8:30 in the morning is two hours after 6:30, when people sleep."""
    early, late = desk.open("installation"), desk.open("installation")
    book(desk, early, VISIT - 5 * HOUR)
    book(desk, late, VISIT - 5.75 * HOUR, "a|3")  # 7:45, before the quiet hours end
    desk.every(30, VISIT - 12 * HOUR, 16)
    assert reminders(desk, early) == [VISIT - 5.5 * HOUR]  # 8:00
    assert reminders(desk, late) == []
