"""The service log, the visit's record, ordered parts, and appointments that end (E5, E8, C5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from bot.commands.orders import group
from bot.settings import Service
from bot.sheet.gathering import sheet_of
from handlers.life import Actor, Refused, move_and_tell
from handlers.service_log import LogProblem, Part, Work, file
from storage import Store, Tx
from storage.orders import Order
from tests.conftest import NOON
from tests.dispatch.people import employ
from tests.dispatch.test_giving import AFTERNOON, HOUR, in_town
from tests.scheduler.desk import Desktop

E01 = Actor("engineer", "E01")
DAY = timedelta(days=1)


@pytest.fixture
def desk(store: Store) -> Desktop:
    employ(store)
    return Desktop(store)


def visited(desk: Desktop, at: Any = AFTERNOON) -> Order:
    """An order whose engineer has arrived."""
    order = in_town(desk)
    for name in ("accept", "arrive"):
        move(desk, order, name, at)
    return order


def move(desk: Desktop, order: Order, name: str, at: Any = AFTERNOON, actor: Actor = E01) -> None:
    desk.store.run(lambda tx: move_and_tell(tx, order, name, actor, "because", at))


def log(desk: Desktop, order: Order, at: Any, **told: Any) -> Any:
    work = Work(**{"done": "换温控器", "at": at, **told})
    return desk.store.run(lambda tx: file(tx, order, work, E01, at))


def test_what_was_done_stands_on_the_sheet(desk: Desktop) -> None:
    """E8: time, place, person, what was done, parts, old parts, solution, customer's words, confirmation."""
    order = visited(desk)
    log(
        desk, order, AFTERNOON + HOUR, place="厨房", parts=(Part("WK-33", 2),), old_parts="已带回",
        solution="温控器失灵，已更换", customer_words="好了",
    )  # fmt: skip
    move(desk, order, "resolve", AFTERNOON + HOUR)
    move(desk, order, "confirm", AFTERNOON + 2 * HOUR, Actor("customer", "web:p1"))
    sheet = desk.store.run(lambda tx: sheet_of(tx, tx.orders.get(order.id), Service()))
    (entry,) = sheet.work.log
    assert (entry.done, entry.person, entry.place) == ("换温控器", "王建国", "厨房")
    assert (sheet.work.solution, sheet.customer_words) == ("温控器失灵，已更换", "好了")
    assert sheet.charges is not None
    (part,) = sheet.charges.parts
    assert (part.model, part.quantity, part.old_part, sheet.charges.total) == ("WK-33", 2, "已带回", 0)
    assert sheet.confirmation is not None
    assert (sheet.confirmation.channel, sheet.confirmation.identity) == ("web", "p1")


def test_parts_beside_those_of_the_quotation_stand_on_the_sheet(desk: Desktop) -> None:
    """E8: what was put in beyond what was approved is told too, and costs nothing."""
    order = visited(desk)
    lines = [
        {"kind": "part", "code": "PUMP-2", "name": "", "quantity": 1, "unit": 9000, "amount": 9000},
        {"kind": "labour", "code": "labour", "name": "", "quantity": 1, "unit": 5000, "amount": 5000},
    ]

    def approved(tx: Tx) -> None:
        tx.quotations.ask(order.id, {"cause": "泵坏了"}, lines, 14000, "CNY", AFTERNOON)
        asked = tx.quotations.latest(order.id)
        assert asked is not None
        assert tx.quotations.decide(asked, "approved", "web:p1", AFTERNOON)

    desk.store.run(approved)
    log(desk, order, AFTERNOON + HOUR, parts=(Part("pump-2", 1), Part("GASKET", 3)), old_parts="已带回")
    sheet = desk.store.run(lambda tx: sheet_of(tx, tx.orders.get(order.id), Service()))
    assert sheet.charges is not None
    told = [(part.model, part.quantity, part.amount, part.old_part) for part in sheet.charges.parts]
    assert told == [("PUMP-2", 1, 9000, "已带回"), ("GASKET", 3, 0, "已带回")]
    assert (sheet.charges.labour, sheet.charges.total) == (5000, 14000)


def test_an_entry_must_make_sense(desk: Desktop) -> None:
    """E8: not before the order, not in the future, by somebody who is there; parts in numbers."""
    order = visited(desk)
    for field, told in (
        ("done", {"done": " "}), ("by", {"by": "E99"}), ("at", {"at": AFTERNOON - HOUR}),
    ):  # fmt: skip
        with pytest.raises(LogProblem) as problem:
            desk.store.run(
                lambda tx, told=told: file(  # type: ignore[misc]
                    tx, order, Work(**{"done": "x", "at": AFTERNOON, **told}), E01, AFTERNOON
                )
            )
        assert problem.value.field == field
    work = Work("x", AFTERNOON + HOUR)
    with pytest.raises(LogProblem, match="before it is done"):
        desk.store.run(lambda tx: file(tx, order, work, E01, AFTERNOON))
    assert Part.read(" WK-33 * 2 ") == Part("WK-33", 2)
    assert Part.read("WK-33") == Part("WK-33", 1)
    for wrong in ("", "*2", "WK*0", "WK*2000", "WK*1*2"):
        with pytest.raises(LogProblem):
            Part.read(wrong)
    with pytest.raises(Refused, match="incomplete"):
        move(desk, order, "log")
    assert desk.store.run(lambda tx: tx.service_log.of_order(order.id)) == []


def test_the_record_of_a_visit_is_asked_for_and_reported(desk: Desktop) -> None:
    """E8, E5: five days after the visit; a reminder, then a supervisor is told, also once closed."""
    order = visited(desk)
    for name, actor in (("resolve", E01), ("close", Actor("system"))):
        move(desk, order, name, AFTERNOON + HOUR, actor)
    desk.every(12 * 60, AFTERNOON, 24 * 4)
    assert desk.tasks(order) == ["promise_warning"]
    desk.every(12 * 60, AFTERNOON + 4 * DAY + HOUR, 24 * 2)
    assert desk.tasks(order) == ["promise_warning", "promise_supervisor"]
    assert (desk.order(order).escalation, desk.order(order).status) == (0, "closed")


def test_a_record_filed_in_time_is_kept(desk: Desktop) -> None:
    """E8: any entry of the log files it, and the promise is kept."""
    order = visited(desk)
    desk.sweep(AFTERNOON)
    log(desk, order, AFTERNOON + DAY)
    desk.sweep(AFTERNOON + DAY)
    assert desk.states(order)["record"] == "kept"


def test_missing_parts_are_ordered_in_time(desk: Desktop) -> None:
    """E5: within a working day; the order itself waits meanwhile, that promise does not."""
    order, other = visited(desk), in_town(desk, "other")
    move(desk, other, "accept", actor=Actor("engineer", "E02"))
    for one in (order, other):
        move(desk, one, "wait_for_parts", AFTERNOON, Actor("supervisor"))
    desk.sweep(AFTERNOON)
    move(desk, order, "order_parts", AFTERNOON + HOUR)
    desk.sweep(AFTERNOON + HOUR)
    assert "配件已经订了" in desk.said(order)[-1][1]
    desk.every(6 * 60, AFTERNOON + HOUR, 48)
    assert (desk.states(order)["parts_order"], desk.states(other)["parts_order"]) == ("kept", "broken")
    assert "promise_supervisor" in desk.tasks(other)


@pytest.mark.parametrize(
    ("moves", "state"), [(("call_off",), "cancelled"), (("arrive",), "kept"), (("resolve", "close"), "kept")]
)
def test_a_visit_that_is_over_takes_no_time(desk: Desktop, moves: tuple[str, ...], state: str) -> None:
    """C5, E4: an order called off, or carried out, gives its time back."""
    order = in_town(desk)
    slots = ("capital|20260303T0200Z|1",)
    start = NOON + 22 * HOUR
    desk.store.run(lambda tx: tx.appointments.book(order.id, start, start + HOUR, slots, AFTERNOON))
    for name in ("accept", *moves):
        move(desk, order, name, actor=Actor("supervisor", "S01"))
    latest = desk.store.run(lambda tx: tx.appointments.latest(order.id))
    assert latest is not None
    assert latest.state == state
    assert desk.store.run(lambda tx: tx.appointments.booked("capital", NOON)) == {}


def test_on_the_command_line(
    desk: Desktop, monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Any
) -> None:
    """E8: `orders log` with its words; mistakes in one line."""
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("BOT__DATABASE__URL", database_url)
    order = visited(desk)
    run: Callable[..., Any] = lambda *words: CliRunner().invoke(group, ["log", *words])  # noqa: E731
    told = run(order.number, "--done", "换温控器", "--part", "WK-33*2", "--words", "好了", "--by", "E01")
    assert told.output == f"{order.number}: logged\n"
    assert "parts: 'WK*0' is no part" in run(order.number, "--done", "x", "--part", "WK*0").output
    assert "is no moment" in run(order.number, "--done", "x", "--at", "gestern").output
    assert "there is no order" in run("SR-1", "--done", "x").output
