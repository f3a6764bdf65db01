"""Orders given to people as they come, and given on when they are not accepted (E3, E4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from handlers.desk import Desk, Terms
from handlers.dispatch import staffing
from handlers.dispatch.giving import TASK
from handlers.dispatch.wording import history
from handlers.life import Actor, Refused, move_and_tell
from storage import Store, Tx
from storage.orders import Order
from tests.conftest import NOON
from tests.dispatch.people import ADDRESS, employ, holder
from tests.scheduler.desk import Desktop

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AFTERNOON = NOON + 2 * HOUR
E01, E02, S01 = (Actor("engineer", "E01"), Actor("engineer", "E02"), Actor("supervisor", "S01"))


@pytest.fixture
def desk(store: Store) -> Desktop:
    employ(store)
    return Desktop(store)


def staff_move(desk: Desktop, order: Order, name: str, actor: Actor, at=AFTERNOON, **more):  # type: ignore[no-untyped-def]
    """A move as the command and the API make it."""
    return desk.store.run(
        lambda tx: move_and_tell(tx, order, name, actor, more.pop("reason", "because"), at, **more)
    )


def moves(desk: Desktop, order: Order) -> list[str]:
    events = desk.store.run(lambda tx: tx.orders.events(order.id))
    return [event.move for event in events if event.move]


def test_an_order_is_somebodys_at_once(desk: Desktop) -> None:
    """E3: created and dispatched in one transaction; and why it was them is kept."""
    first = desk.open(at=AFTERNOON)  # no address: elsewhere
    assert (first.status, holder(desk.store, first)) == ("dispatched", "E04")
    kept, names = desk.store.run(
        lambda tx: (tx.dispatches.of_order(first.id), {m.id: m.code for m in tx.staff.all()})
    )
    told = history(kept, names, first.number, "zh")
    assert f"工单 {first.number} 派给 孙浩 (E04)" in told
    assert "不负责" in told
    assert desk.said(first) == []  # the flow that opened it has told the customer
    assert moves(desk, first) == ["open", "dispatch"]


def test_nobody_at_all_is_a_task_for_the_supervisors(store: Store) -> None:
    """E3: with no staff everything works as without dispatch; once there is staff, what waits is given."""
    desk = Desktop(store)
    order = desk.open(at=AFTERNOON)
    assert order.status == "created"
    assert [one.kind for one in store.run(lambda tx: tx.tasks.of_order(order.id))] == [TASK]
    employ(store, AFTERNOON + HOUR)
    desk.sweep(AFTERNOON + HOUR)
    assert (desk.order(order).status, holder(store, order)) == ("dispatched", "E04")


def in_town(desk: Desktop, key: str = "town") -> Order:
    """A fault in the capital, which the engineers E01, E02 and E04 may have."""

    def opened(tx: Tx) -> Order:
        conversation = tx.conversations.enter("web", "web", key, AFTERNOON)
        one = Desk(tx, conversation, None, Terms(), AFTERNOON, key)  # type: ignore[arg-type]
        fields = {"product": "refrigerator", "phone": "+8613800138000", "address": ADDRESS}
        return one.open_order("fault", fields)

    return desk.store.run(opened)


def test_not_accepted_goes_to_the_deputy_then_to_the_supervisor(desk: Desktop) -> None:
    """E4: thirty minutes each; each decision is recorded; the customer hears nothing of it."""
    order = in_town(desk)
    assert holder(desk.store, order) == "E01"
    desk.every(5, AFTERNOON, 0.5)
    assert holder(desk.store, order) == "E02"
    assert desk.order(order).escalation == 0
    desk.every(5, AFTERNOON + 35 * MINUTE, 0.5)
    assert holder(desk.store, order) == "S01"
    assert desk.order(order).escalation == 1
    kept = desk.store.run(lambda tx: tx.dispatches.of_order(order.id))
    assert [one.outcome for one in kept] == ["silent", "silent", None]
    assert "promise_supervisor" in desk.tasks(order)
    staff_move(desk, order, "accept", S01, AFTERNOON + 70 * MINUTE)
    desk.every(30, AFTERNOON + 71 * MINUTE, 1)
    assert desk.states(order)["accept"] == "kept"
    ((_, told),) = desk.said(order)
    assert "林芳 +8613910010011" in told


def test_declined_with_a_reason(desk: Desktop) -> None:
    """E4: who may not take it says why; it goes to the deputy, and comes back to nobody who had it."""
    order = in_town(desk)
    with pytest.raises(Refused, match="not_yours"):
        staff_move(desk, order, "accept", E02)
    with pytest.raises(Refused, match="reason_missing"):
        staff_move(desk, order, "hand_back", E01, reason="")
    staff_move(desk, order, "hand_back", E01, reason="已经排满")
    assert (desk.order(order).status, holder(desk.store, order)) == ("created", None)
    desk.sweep(AFTERNOON + MINUTE)
    assert holder(desk.store, order) == "E02"
    staff_move(desk, order, "hand_back", E02, AFTERNOON + 2 * MINUTE)
    desk.sweep(AFTERNOON + 2 * MINUTE)
    assert holder(desk.store, order) == "S01"
    kept = desk.store.run(lambda tx: tx.dispatches.of_order(order.id))
    assert [(one.outcome, one.reason) for one in kept][:1] == [("declined", "已经排满")]
    assert desk.said(order) == []


def test_a_supervisor_names_somebody(desk: Desktop) -> None:
    """E3: by code; nobody who is away, and no code that is not there."""
    order = in_town(desk)
    for code in ("E99", "E05"):
        with pytest.raises(Refused, match="not_there"):
            staff_move(desk, order, "redispatch", S01, to=code)
    staff_move(desk, order, "redispatch", S01, to="E04")
    assert holder(desk.store, order) == "E04"
    last = desk.store.run(lambda tx: tx.dispatches.of_order(order.id))[-1]
    assert (last.decided_by, last.decision) == ("supervisor S01", None)
    with pytest.raises(Refused, match="gives_to_nobody"):
        staff_move(desk, order, "accept", S01, to="E01")


def test_who_goes_away_has_no_orders(desk: Desktop) -> None:
    """E4, G4: orders go to the deputy; a customer who knew who has it is told who has it now."""
    order, other = in_town(desk), in_town(desk, "other")
    assert (holder(desk.store, order), holder(desk.store, other)) == ("E01", "E02")
    staff_move(desk, order, "accept", E01)

    def leave(tx: Tx) -> int:
        member = tx.staff.find("E01")
        assert member is not None
        return staffing.leave(tx, member, AFTERNOON + 48 * HOUR, AFTERNOON + HOUR)

    assert desk.store.run(leave) == 1
    desk.sweep(AFTERNOON + HOUR)
    assert (desk.order(order).status, holder(desk.store, order)) == ("dispatched", "E04")
    assert "孙浩" in desk.said(order)[-1][1]
    third = in_town(desk, "third")
    assert holder(desk.store, third) != "E01"


def test_a_reopened_order_is_given_anew(desk: Desktop) -> None:
    """E3, C7: nobody has it from the reopening until the clock gives it to somebody."""
    order = in_town(desk)
    for name in ("accept", "resolve"):
        staff_move(desk, order, name, E01)
    desk.move(order, "reopen", AFTERNOON + HOUR, actor=Actor("customer"))
    assert holder(desk.store, order) is None
    desk.sweep(AFTERNOON + HOUR)
    assert (desk.order(order).status, moves(desk, order)[-1]) == ("dispatched", "dispatch")


def test_two_sweeps_at_once_give_it_once(desk: Desktop) -> None:
    """E4, F8: two processes at the same promise: one redispatch, one escalation."""
    orders = [in_town(desk, f"k{n}") for n in range(4)]
    desk.sweep(AFTERNOON)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: desk.sweep(AFTERNOON + 31 * MINUTE), range(2)))
    desk.sweep(AFTERNOON + 31 * MINUTE)
    for order in orders:
        assert moves(desk, order).count("redispatch") == 1


def test_loads_stay_within_limits_when_many_come_at_once(desk: Desktop) -> None:
    """E3, T13: orders opened at the same time are counted one after the other."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: in_town(desk, f"many{n}"), range(32)))
    members, loads = desk.store.run(lambda tx: (tx.staff.all(), tx.staff.loads()))
    for member in members:
        assert member.role in ("supervisor", "manager") or loads.get(member.id, 0) <= member.load_limit
    assert sum(loads.values()) == 32
