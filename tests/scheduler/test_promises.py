"""Promises by the clock: given, paused, kept, warned of, broken and told once (E5, F3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers.life import SYSTEM, Actor
from handlers.promises.watched import watched
from storage import Store
from tests.conftest import NOON
from tests.scheduler.desk import Desktop

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AFTERNOON = NOON + 2 * HOUR  # 14:00 in Shanghai, in the middle of a shift


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def test_the_table_of_watched_promises_fits_the_life_of_orders() -> None:
    named = {"answer", "accept", "visit", "solve", "plan", "second_handling", "statement"}
    assert named | {"record", "parts_order"} == set(watched())


def test_an_order_has_its_promises_and_keeps_them(desk: Desktop) -> None:
    """E5: first answer and solution are promised at the opening; a person who takes it has answered."""
    order = desk.open(at=AFTERNOON)
    desk.sweep(AFTERNOON)
    rows = desk.promises(order)
    assert set(rows) == {"answer", "solve"}
    assert rows["answer"].due_at == order.promised_at == AFTERNOON + 24 * HOUR
    desk.move(order, "dispatch", AFTERNOON + HOUR, actor=SYSTEM)
    desk.sweep(AFTERNOON + HOUR)
    assert desk.promises(order)["accept"].due_at == AFTERNOON + 90 * MINUTE
    desk.move(order, "accept", AFTERNOON + HOUR + 10 * MINUTE)
    desk.sweep(AFTERNOON + 2 * HOUR)
    assert desk.states(order) == {"answer": "kept", "solve": "live", "accept": "kept", "visit": "live"}
    desk.move(order, "resolve", AFTERNOON + 2 * HOUR)
    desk.every(60, AFTERNOON + 2 * HOUR, 4)
    assert desk.states(order) == {"answer": "kept", "solve": "kept", "accept": "kept", "visit": "kept"}
    assert desk.order(order).escalation == 0
    assert desk.said(order) == []


def test_the_ladder_warning_break_supervisor_and_manager(desk: Desktop) -> None:
    """F3: a warning before the limit, escalation at it, the manager after it; told once at each step."""
    order = desk.open(at=AFTERNOON, priority="urgent")  # answered within 15 minutes
    desk.sweep(AFTERNOON + 11 * MINUTE)
    assert desk.tasks(order) == []
    desk.sweep(AFTERNOON + 12 * MINUTE)
    assert desk.tasks(order) == ["promise_warning"]
    desk.sweep(AFTERNOON + 15 * MINUTE)
    kept = desk.order(order)
    assert (kept.escalation, kept.promised_at) == (1, AFTERNOON + 30 * MINUTE)
    assert desk.tasks(order)[:2] == ["promise_warning", "promise_supervisor"]
    ((_, text),) = desk.said(order)
    assert order.number in text
    assert "14:15" in text
    assert "14:30" in text
    desk.every(1, AFTERNOON + 16 * MINUTE, 0.5)
    assert desk.order(order).escalation == 2
    assert desk.tasks(order)[-1] == "promise_manager"
    assert [at for at, _ in desk.said(order)] == [AFTERNOON + 15 * MINUTE, AFTERNOON + 30 * MINUTE]
    assert "经理" in desk.said(order)[-1][1]
    moves = [e.move for e in desk.store.run(lambda tx: tx.orders.events(order.id)) if e.move]
    assert moves == ["open", "escalate", "escalate"]
    assert desk.notices(order) == [("promise_broken", "sent")] * 2


def test_the_customer_speaks_the_language_they_are_told_in(desk: Desktop) -> None:
    order = desk.open(at=AFTERNOON, priority="urgent")

    def english(tx):  # type: ignore[no-untyped-def]
        conversation = tx.conversations.get(order.conversation_id)
        conversation.language = "en"
        tx.conversations.save(conversation, NOON)

    desk.store.run(english)
    desk.every(15, AFTERNOON, 1)
    first, second = (text for _, text in desk.said(order))
    assert first.startswith("We are sorry: by today 14:15 we were to get back to you")
    assert "A manager" in second


def test_it_waits_while_the_customer_is_waited_for(desk: Desktop) -> None:
    """E5: paused time does not count, in working time."""
    order = desk.open("consultation", at=AFTERNOON)  # solved within two working hours
    desk.move(order, "take", AFTERNOON + 30 * MINUTE)
    desk.move(order, "ask_customer", AFTERNOON + HOUR)
    desk.every(60, AFTERNOON, 24)
    paused = desk.promises(order)["solve"]
    assert (paused.state, paused.paused_at) == ("live", AFTERNOON + HOUR)
    morning = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)  # 9:00 of the next day
    desk.move(order, "customer_answered", morning, actor=Actor("customer"))
    desk.sweep(morning)
    running = desk.promises(order)["solve"]
    assert (running.state, running.paused_at, running.due_at) == ("live", None, morning + HOUR)
    desk.sweep(morning + 59 * MINUTE)
    assert desk.order(order).escalation == 0
    desk.sweep(morning + HOUR)
    assert (desk.order(order).escalation, desk.states(order)["solve"]) == (1, "broken")


def test_kept_late_while_nobody_looked(desk: Desktop) -> None:
    """F8: after an outage a promise that was meanwhile kept too late is broken, and not told any more."""
    order = desk.open(at=AFTERNOON, priority="urgent")
    desk.sweep(AFTERNOON)
    desk.move(order, "take", AFTERNOON + HOUR)
    desk.sweep(AFTERNOON + 2 * HOUR)
    desk.sweep(AFTERNOON + 3 * HOUR)
    assert desk.states(order)["answer"] == "broken"
    assert all(decision == "dropped" for kind, decision in desk.notices(order) if kind == "promise_broken")
    assert desk.said(order) == []


def test_a_cancelled_order_owes_nothing(desk: Desktop) -> None:
    order = desk.open(at=AFTERNOON)
    desk.move(order, "cancel", AFTERNOON + HOUR, actor=Actor("customer"))
    desk.every(60 * 24, AFTERNOON + HOUR, 24 * 20)
    assert set(desk.states(order).values()) == {"dropped"}
    assert desk.said(order) == []
    assert desk.store.run(lambda tx: tx.timers.of_order(order.id)) == []


def test_a_reopened_order_is_promised_anew(desk: Desktop) -> None:
    """C7, F3: the second round has promises of its own."""
    order = desk.open(at=AFTERNOON)
    for name, actor in (("take", "agent"), ("resolve", "agent"), ("close", "system")):
        desk.move(order, name, AFTERNOON + HOUR, actor=Actor(actor))
    desk.move(order, "reopen", AFTERNOON + 2 * HOUR, actor=Actor("customer"))
    desk.sweep(AFTERNOON + 2 * HOUR)
    rows = desk.promises(order)
    assert {(row.what, row.round, row.state) for row in rows.values()} == {
        ("second_handling", 2, "live"), ("solve", 2, "live"),
    }  # fmt: skip


@pytest.mark.parametrize("values", [{}, {"opening": "solve_alone"}])
def test_who_is_reopened_hears_from_us_in_time(desk: Desktop, values: dict[str, str]) -> None:
    """A5, C7: not by the first round's promise, which is long past, or by none where it was solved alone."""
    order, later = desk.open(at=AFTERNOON, **values), AFTERNOON + timedelta(days=7)
    for name, actor in (("take", "agent"), ("resolve", "agent"), ("close", "system")):
        if not values:
            desk.move(order, name, AFTERNOON + HOUR, actor=Actor(actor))
    desk.sweep(AFTERNOON + HOUR)
    desk.move(order, "reopen", later)
    desk.sweep(later)
    promised = desk.promises(order)["second_handling"]
    assert (promised.round, promised.state) == (2, "live")
    assert desk.order(order).promised_at == promised.due_at > later


def test_a_suggestion_is_promised_nothing_however_often(desk: Desktop) -> None:
    """C4: also where somebody looks at it again."""
    order = desk.open("complaint", at=AFTERNOON, promised=False)
    desk.store.run(
        lambda tx: tx.orders.change(
            tx.orders.get(order.id, lock=True), AFTERNOON, fields={"category": "suggestion"}
        )
    )
    for name in ("take", "resolve", "close", "reopen"):
        desk.move(order, name, AFTERNOON + HOUR, actor=Actor("supervisor"))
    desk.sweep(AFTERNOON + HOUR)
    assert desk.order(order).promised_at is None
    assert desk.promises(order) == {}


def test_somebody_elses_turn_to_accept(desk: Desktop) -> None:
    """E4: not accepted within 30 minutes: the next level; a new assignee has 30 minutes too."""
    order = desk.open("consultation", at=AFTERNOON)
    desk.move(order, "dispatch", AFTERNOON, actor=SYSTEM)
    desk.every(5, AFTERNOON, 0.5)
    assert (desk.states(order)["accept"], desk.order(order).escalation) == ("broken", 1)
    desk.move(order, "redispatch", AFTERNOON + 32 * MINUTE)
    desk.sweep(AFTERNOON + 32 * MINUTE)
    again = desk.promises(order)["accept"]
    assert (again.state, again.due_at) == ("live", AFTERNOON + 62 * MINUTE)
    assert desk.said(order) == []  # the customer was promised nothing about that


def test_an_order_at_the_highest_level_is_promised_anew_too(desk: Desktop) -> None:
    """F3: nothing is left to escalate to, but the customer is told and the new moment is kept."""
    order = desk.open(at=AFTERNOON, priority="urgent")
    for _ in range(2):
        desk.move(order, "escalate", AFTERNOON, actor=SYSTEM)
    desk.every(5, AFTERNOON, 0.25)
    assert (desk.order(order).escalation, desk.order(order).promised_at) == (2, AFTERNOON + 30 * MINUTE)
    assert len(desk.said(order)) == 1
    assert desk.tasks(order)[-1] == "promise_supervisor"


def test_a_new_promise_waits_where_the_customer_is_waited_for(desk: Desktop) -> None:
    """E5: the breach is noticed late, when the customer has been asked meanwhile."""
    order = desk.open(at=AFTERNOON, priority="urgent")
    desk.sweep(AFTERNOON)
    desk.move(order, "take", AFTERNOON + timedelta(minutes=5))
    solve = desk.promises(order)["solve"] if desk.sweep(AFTERNOON + timedelta(minutes=6)) else None
    assert solve is not None
    desk.move(order, "ask_customer", solve.due_at + timedelta(minutes=1))
    desk.sweep(solve.due_at + timedelta(minutes=2))
    again = desk.promises(order)["solve_2"]
    assert (again.state, again.paused_at) == ("live", solve.due_at + timedelta(minutes=2))
    desk.sweep(again.due_at + timedelta(days=1))
    assert desk.states(order)["solve_2"] == "live"
