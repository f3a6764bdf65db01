"""Visits that the staff agree upon: checked, taken, told and reminded of (C5, E2, F2)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from handlers.appointments import AppointmentSettings
from handlers.desk import Terms
from handlers.life import Actor, Moved, Stale, move
from handlers.visits_arranged import NoVisit, arrange, wished, written
from storage import Store, Tx
from storage.orders import Order
from tests.conftest import NOON
from tests.life.conftest import Opened
from tests.life.test_commands import NUMBER, Run, filled, run  # noqa: F401 - fixtures
from tests.scheduler.desk import Desktop

ENGINEER = Actor("engineer", "E01")
TERMS = Terms(appointments=AppointmentSettings(visits_per_window=1))
WEDNESDAY = date(2026, 3, 4)


def agree(
    store: Store, order: Order, day: date, slot: str, name: str = "schedule_visit", now: datetime = NOON
) -> Order:
    wish = wished(day, slot, TERMS.zone)
    return store.run(lambda tx: arrange(tx, TERMS, order, name, ENGINEER, "", now, wish=wish)).order


def taken(store: Store, opened: Opened, key: str = "k") -> Order:
    order = opened(key)
    store.run(lambda tx: move(tx, order, "take", ENGINEER, "", NOON))
    return order


def test_the_time_is_taken_and_a_new_one_frees_it(store: Store, opened: Opened) -> None:
    """C5: one place in the slot; who moves away gives it to the next."""
    first, second = taken(store, opened), taken(store, opened, "k2")
    agreed = agree(store, first, WEDNESDAY, "13:30-15:30")
    assert (agreed.status, agreed.fields["window"]) == (
        "visit_scheduled", "2026-03-04T13:30+08:00/2026-03-04T15:30+08:00",
    )  # fmt: skip
    with pytest.raises(NoVisit, match="visit_full") as full:
        agree(store, second, WEDNESDAY, "14:00")
    assert ("2026-03-04", "15:30-17:30") in [written(one) for one in full.value.free]
    assert "That slot is full" in full.value.words("en")
    assert "2026-03-04 15:30-17:30" in full.value.words("zh")
    moved = agree(store, agreed, WEDNESDAY + timedelta(days=1), "10:00-12:00", "reschedule_visit")
    assert moved.version == agreed.version + 1
    assert agree(store, second, WEDNESDAY, "14:00").status == "visit_scheduled"
    standing = store.run(lambda tx: tx.appointments.standing(first.id))
    assert standing.starts_at == datetime(2026, 3, 5, 2, tzinfo=NOON.tzinfo)


@pytest.mark.parametrize(
    ("day", "slot", "why"),
    [
        (date(2026, 3, 2), "08:30-10:00", "visit_past"),
        (date(2026, 3, 2), "10:00-12:00", "visit_past"),
        (date(2026, 3, 3), "21:00-22:00", "visit_outside_hours"),
        (date(2026, 3, 7), "13:30-15:30", "visit_day_off"),
        (date(2026, 5, 20), "13:30-15:30", "visit_too_far"),
        (date(2026, 3, 3), "08:30-17:30", "visit_several"),
    ],
)
def test_a_time_that_cannot_be_is_told_with_others(
    store: Store, opened: Opened, day: date, slot: str, why: str
) -> None:
    """C5: nothing is half done: neither the order nor the calendar changes."""
    order = taken(store, opened)
    with pytest.raises(NoVisit) as refused:
        agree(store, order, day, slot)
    assert refused.value.why == why
    assert refused.value.free
    assert store.run(lambda tx: tx.orders.get(order.id)).status == "accepted"
    assert store.run(lambda tx: tx.appointments.latest(order.id)) is None


def test_nobody_comes_on_a_holiday(store: Store, opened: Opened) -> None:
    """C5: Labour Day is a Friday; the Saturday of the week after it is worked instead."""
    order, now = taken(store, opened), datetime(2026, 4, 28, 4, tzinfo=NOON.tzinfo)
    with pytest.raises(NoVisit, match="visit_day_off"):
        agree(store, order, date(2026, 5, 1), "10:00-12:00", now=now)
    assert agree(store, order, date(2026, 5, 9), "10:00-12:00", now=now).status == "visit_scheduled"


def test_without_a_time_the_customers_own_stands(store: Store, opened: Opened) -> None:
    """C5: what was chosen in the chat is agreed upon; without one a time is needed."""
    order = taken(store, opened)
    with pytest.raises(NoVisit, match="visit_missing"):
        store.run(lambda tx: arrange(tx, TERMS, order, "schedule_visit", ENGINEER, "", NOON))
    start = NOON + timedelta(days=2, hours=1.5)
    store.run(lambda tx: tx.appointments.book(order.id, start, start + timedelta(hours=2), ["x|1"], NOON))
    agreed = store.run(lambda tx: arrange(tx, TERMS, order, "schedule_visit", ENGINEER, "", NOON)).order
    assert agreed.fields["window"].startswith("2026-03-04T13:30")
    assert store.run(lambda tx: tx.appointments.standing(order.id)).slot == "x|1"


def test_of_two_who_move_the_visit_the_second_is_told(store: Store, opened: Opened) -> None:
    """C5, E2: two agents with the same order before them."""
    agreed = agree(store, taken(store, opened), WEDNESDAY, "13:30")
    wish, version = wished(WEDNESDAY, "10:00", TERMS.zone), agreed.version

    def work(tx: Tx) -> Moved:
        return arrange(
            tx, TERMS, agreed, "reschedule_visit", ENGINEER, "", NOON, wish=wish, expected_version=version
        )

    store.run(work)
    with pytest.raises(Stale):
        store.run(work)


def test_the_customer_is_told_and_reminded(store: Store) -> None:
    """F1, F2: at once, in words of the moment; the day before and shortly before."""
    desk = Desktop(store)
    order = desk.open()
    desk.move(order, "take", NOON)
    agree(store, order, WEDNESDAY, "13:30-15:30")
    for hours in (0, 2, 26, 48):
        desk.sweep(NOON + timedelta(hours=hours))
    said = [(at, text) for at, text in desk.said(order) if "13:30–15:30" in text]
    assert [text.partition("时间")[2].strip("：是") for _, text in said[:1]] == ["3月4日 13:30–15:30"]
    assert "已安排上门" in said[0][1]
    assert ["明天" in said[1][1], "今天" in said[2][1]] == [True, True]
    assert [at for at, _ in said] == [NOON + timedelta(hours=hours) for hours in (0, 26, 48)]


def test_an_operator_agrees_upon_a_visit(filled: Store, run: Run) -> None:  # noqa: F811
    """C5: day and slot on the command line; what does not fit is told."""
    run("move", NUMBER, "take")
    when = ("--day", "2020-01-06", "--slot", "10:00-12:00")
    assert "That time is past" in run("move", NUMBER, "schedule_visit", *when, wrong=True)
    assert "go together" in run("move", NUMBER, "schedule_visit", "--day", "2026-03-04", wrong=True)
    assert "go with" in run("move", NUMBER, "diagnose", *when, wrong=True)
    assert "13:30" in run("move", NUMBER, "schedule_visit", "--day", "2026-03-04", "--slot", "1", wrong=True)
    missing = run("move", NUMBER, "schedule_visit", wrong=True)
    day, slot = missing.partition("Free: ")[2].split(",")[0].split()[:2]
    assert "visit_scheduled" in run("move", NUMBER, "schedule_visit", "--day", day, "--slot", slot)
    order = filled.run(lambda tx: tx.orders.find(NUMBER))
    assert filled.run(lambda tx: tx.appointments.standing(order.id)) is not None
