"""Orders move along the table and in no other way (E2, T13)."""

from __future__ import annotations

import itertools
import re
from collections import deque
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.settings import PROJECT
from handlers.life import SYSTEM, Actor, Refused, check_move, life, move, opening
from handlers.life.moving import HIGHEST
from handlers.life.table import ACTORS, NEW
from handlers.testing import MemoryTx
from storage.orders import Order
from tests.conftest import NOON
from tests.life.conftest import open_order

TABLE = life()
DECLARED = {
    (source, name, kind, who)
    for name, one in TABLE.moves.items()
    for source, kind, who in itertools.product(one.sources, one.kinds, one.who)
    if source != NEW
}


def order_in(status: str, kind: str) -> tuple[MemoryTx, Order]:
    """An order of that kind put into that state."""
    tx = MemoryTx()
    order = open_order(tx, kind=kind)
    closed_at = NOON if TABLE.states[status].final else None
    tx.orders.rows[0] = replace(order, status=status, closed_at=closed_at)
    return tx, tx.orders.rows[0]


@pytest.mark.parametrize("name", [name for name, one in TABLE.moves.items() if NEW not in one.sources])
def test_a_declared_move_is_made_and_every_other_refused(name: str) -> None:
    """E2: from every state, for every kind of order, by every kind of actor."""
    for status, kind, who in itertools.product(TABLE.states, TABLE.kinds, ACTORS):
        tx, order = order_in(status, kind)
        declared = (status, name, kind, who) in DECLARED
        try:
            moved = move(tx, order, name, Actor(who, "x1"), "because", NOON)  # type: ignore[arg-type]
        except Refused as problem:
            refused = problem
        else:
            refused = None
        if refused is not None:
            assert not declared, (status, name, kind, who)
            assert tx.orders.rows[0] == order
            assert len(tx.orders.history[order.id]) == 1
            assert all(refused.words(tongue) for tongue in ("zh", "en"))
            continue
        assert declared, (status, name, kind, who)
        after = tx.orders.rows[0]
        assert after == moved.order
        assert after.status == TABLE.moves[name].leads(status)
        assert after.open == (not TABLE.states[after.status].final)
        event = tx.orders.history[order.id][-1]
        assert (event.from_status, event.move, event.status) == (status, name, after.status)
        assert (event.actor, event.actor_id, event.note, event.at) == (who, "x1", "because", NOON)
        assert event.version == after.version


@pytest.mark.parametrize("name", list(TABLE.moves))
def test_a_reason_is_wanted_where_the_table_wants_one(name: str) -> None:
    one = TABLE.moves[name]
    if one.sources == (NEW,):
        return
    tx, order = order_in(one.sources[0], one.kinds[0])
    if not one.reason:
        assert check_move(order, name, Actor(one.who[0])) == one
        return
    with pytest.raises(Refused) as refused:
        move(tx, order, name, Actor(one.who[0]), "  ", NOON)  # type: ignore[arg-type]
    assert refused.value.why == "reason_missing"


def test_orders_begin_by_an_opening_move_only() -> None:
    assert opening("open", "fault", NOON).status == "created"
    assert opening("solve_alone", "fault", NOON).closed_at == NOON
    for name, kind in (("solve_alone", "complaint"), ("close", "fault"), ("nothing", "fault")):
        with pytest.raises(ValueError, match="opens no order"):
            opening(name, kind, NOON)
    _, order = order_in("created", "fault")
    with pytest.raises(Refused):
        check_move(order, "open", SYSTEM)


def test_escalation_has_a_highest_level_and_ends_with_a_new_round() -> None:
    """E2, F3: beside the state; 1 supervisor, 2 manager."""
    tx, order = order_in("accepted", "fault")
    for level in (1, HIGHEST):
        order = move(tx, order, "escalate", SYSTEM, "late", NOON).order  # type: ignore[arg-type]
        assert (order.escalation, order.status) == (level, "accepted")
    with pytest.raises(Refused) as refused:
        move(tx, order, "escalate", SYSTEM, "late", NOON)  # type: ignore[arg-type]
    assert refused.value.why == "highest"
    for name in ("resolve", "reopen"):
        order = move(tx, order, name, Actor("supervisor"), "done", NOON).order  # type: ignore[arg-type]
    assert (order.escalation, order.round) == (0, 2)


def test_only_the_table_changes_a_status() -> None:
    """No second way: nobody else writes orders, or tells the repository a status."""
    writers = []
    for package in ("bot", "handlers", "scheduler", "storage"):
        for path in (PROJECT / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "orders.change(" in text or "update(orders)" in text:
                writers.append(str(path.relative_to(PROJECT)))
    whose = "storage/identities.py"
    assert sorted(writers) == ["handlers/life/moving.py", whose, "storage/orders.py"]
    written = re.findall(
        r"update\(orders\).*?\.values\((.*?)\)", (PROJECT / whose).read_text(encoding="utf-8")
    )
    assert written == ["customer_id=kept", "customer_id=part"]  # whose an order is, and nothing of its life


class RandomLives(RuleBasedStateMachine):
    """T13: whatever is tried by whomever, the order stays on a path of the declared graph."""

    @initialize(kind=st.sampled_from(TABLE.kinds))
    def begin(self, kind: str) -> None:
        self.tx, self.now = MemoryTx(), NOON
        self.order = open_order(self.tx, kind=kind)
        self.stale = self.order

    @rule(
        name=st.sampled_from([*TABLE.moves, "fly"]), who=st.sampled_from(ACTORS),
        reason=st.sampled_from(["", "because"]), guarded=st.booleans(),
    )  # fmt: skip
    def try_any(self, name: str, who: str, reason: str, guarded: bool) -> None:
        self._try(name, who, reason, self.stale.version if guarded else None)

    @rule(data=st.data())
    def try_legal(self, data: st.DataObject) -> None:
        legal = TABLE.legal(self.order.status, self.order.kind)
        if not legal:  # cancelled is cancelled
            return
        found = data.draw(st.sampled_from(legal))
        self._try(found.name, data.draw(st.sampled_from(found.who)), "because", None)

    @rule()
    def look_again(self) -> None:
        self.stale = self.order

    def _try(self, name: str, who: str, reason: str, expected: int | None) -> None:
        self.now += timedelta(minutes=1)
        before = self.tx.orders.rows[0]
        try:
            moved = move(
                self.tx, self.stale, name, Actor(who), reason, self.now, expected_version=expected  # type: ignore[arg-type]
            )  # fmt: skip
        except Refused:
            assert self.tx.orders.rows[0] == before
            return
        assert expected in (None, before.version)
        assert (before.status, name, before.kind, who) in DECLARED
        self.order = moved.order

    @invariant()
    def events_tell_the_state(self) -> None:
        if not hasattr(self, "order"):
            return
        status, version, level, lap = None, 0, 0, 1
        for event in self.tx.orders.history[1]:
            assert event.from_status == status or event.move == "open"
            one = TABLE.moves[str(event.move)]
            changed = event.status != status or one.raises or one.again
            status, version = event.status, version + changed
            level, lap = (0, lap + 1) if one.again else (level + one.raises, lap)
            assert event.version == version
        order = self.tx.orders.rows[0]
        assert (order.status, order.version, order.escalation, order.round) == (status, version, level, lap)
        assert order.open == (not TABLE.states[order.status].final)


RandomLives.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestRandomLives = RandomLives.TestCase


def test_every_state_is_reached_from_a_new_order() -> None:
    """By real moves, for the kind with the longest life."""
    seen, waiting = {"created"}, deque(["created"])
    while waiting:
        status = waiting.popleft()
        tx, order = order_in(status, "fault")
        for one in TABLE.legal(status, "fault"):
            after = move(tx, tx.orders.rows[0], one.name, Actor(one.who[0]), "-", NOON).order  # type: ignore[arg-type]
            tx.orders.rows[0] = order
            if after.status not in seen:
                seen.add(after.status)
                waiting.append(after.status)
    assert seen == set(TABLE.states)
