"""Complaints beside their orders, on both databases: weighed, repeated, stated (C4, F3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.complaints import registering
from handlers.complaints.settings import ComplaintSettings
from handlers.desk import Desk, Terms
from handlers.promises import standard
from handlers.promises.keeping import settle
from storage import Store
from storage.complaints import Complaint
from storage.orders import Order
from tests.conftest import NOON
from tests.scheduler.desk import Desktop

HOUR = timedelta(hours=1)


@pytest.fixture
def desktop(store: Store) -> Desktop:
    return Desktop(store)


def complain(desktop: Desktop, words: str, peer: str = "angry", at: timedelta = HOUR * 0) -> Order:
    """A complaint of that customer."""

    def work(tx: object) -> Order:
        conversation = tx.conversations.enter("web", "web", peer, NOON + at)  # type: ignore[attr-defined]
        desk = Desk(tx, conversation, None, Terms(), NOON + at, f"{peer}{at}")  # type: ignore[arg-type]
        return desk.open_order("complaint", {"description": words, "product": "tv"})

    return desktop.store.run(work)


def complaint(desktop: Desktop, order: Order) -> Complaint:
    """What the register has of it."""
    found = desktop.store.run(lambda tx: tx.complaints.of_order(order.id))
    assert found is not None
    return found


def test_a_normal_complaint_is_registered_with_its_promises(desktop: Desktop) -> None:
    """C4, E5: an answer, a plan and a solution are promised; nobody is alarmed."""
    order = complain(desktop, "师傅态度不好，给我道歉")
    found = complaint(desktop, order)
    assert (found.category, found.severity, found.demand) == ("people", "normal", "apology")
    assert (order.priority, desktop.tasks(order)) == ("normal", [])
    desktop.sweep(NOON)
    assert desktop.states(order) == {"answer": "live", "plan": "live", "solve": "live"}


def test_a_regulator_makes_a_statement_due(desktop: Desktop) -> None:
    """C4, F3: 24 hours by the calendar, a task, a warning; broken it is escalated."""
    order = complain(desktop, "我要打12315投诉你们")
    found = complaint(desktop, order)
    assert (found.severity, found.regulator) == ("severe", True)
    assert found.statement_due_at == NOON + 24 * HOUR
    assert order.priority == "urgent"
    assert desktop.tasks(order) == ["complaint_severe", "complaint_statement"]
    desktop.move(order, "take", NOON)
    desktop.move(order, "ask_customer", NOON)
    desktop.sweep(NOON + 24 * HOUR - timedelta(minutes=1))
    assert desktop.states(order)["statement"] == "live"  # waiting for the customer does not stop it
    desktop.sweep(NOON + 24 * HOUR)
    assert desktop.states(order)["statement"] == "broken"
    assert desktop.tasks(order).count("promise_supervisor") == 1
    assert desktop.order(order).escalation == 1


def test_a_statement_made_in_time_keeps_the_promise(desktop: Desktop) -> None:
    """C4: and nothing follows from it any more, also when the order is done."""
    order = complain(desktop, "I will call the ombudsman")
    desktop.move(order, "take", NOON)
    desktop.move(order, "resolve", NOON + HOUR)
    desktop.move(order, "close", NOON + HOUR)
    desktop.sweep(NOON + HOUR)
    assert desktop.states(order)["statement"] == "live"
    desktop.store.run(lambda tx: settle(tx, order, "statement", NOON + 2 * HOUR))
    desktop.sweep(NOON + 48 * HOUR)
    assert desktop.states(order)["statement"] == "kept"
    assert "promise_supervisor" not in desktop.tasks(order)


def test_an_addition_raises_the_open_complaint(desktop: Desktop) -> None:
    """C4: more signs, more severe, one level up, a supervisor's task, counted."""
    order = complain(desktop, "师傅态度不好")
    registered = (standard(), ComplaintSettings(), order)
    desktop.store.run(lambda tx: registering.add(tx, *registered, "还是没人理我，我去找律师", NOON + HOUR))
    found = complaint(desktop, order)
    assert (found.severity, found.regulator, found.additions) == ("severe", True, 1)
    assert found.signs == ["lawyer", "repeated"]
    assert desktop.order(order).escalation == 1
    assert set(desktop.tasks(order)) == {"complaint_severe", "complaint_statement"}
    desktop.store.run(lambda tx: registering.overhear(tx, *registered, "哎", NOON + 2 * HOUR))
    assert desktop.order(order).escalation == 1
    assert complaint(desktop, order).statement_due_at == NOON + 25 * HOUR


def test_another_complaint_within_so_many_days_is_a_repeated_one(desktop: Desktop) -> None:
    """C4: also where the first is closed; long ago it does not count."""
    first = complain(desktop, "师傅态度不好")
    desktop.move(first, "cancel", NOON)
    assert complaint(desktop, complain(desktop, "师傅又骂人", at=HOUR)).severity == "normal"
    assert complaint(desktop, complain(desktop, "质量太差", at=2 * HOUR)).signs == ["repeated"]
    later = complain(desktop, "质量太差", at=timedelta(days=91))
    assert complaint(desktop, later).signs == []


def test_the_same_request_registers_once(desktop: Desktop) -> None:
    """C4: a turn taken again changes nothing twice."""
    first, again = complain(desktop, "我要找消协"), complain(desktop, "我要找消协")
    assert first.id == again.id
    assert desktop.tasks(first) == ["complaint_severe", "complaint_statement"]
