"""Moves on both databases: recorded with the order in one transaction, and two at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handlers.life import SYSTEM, Actor, Moved, Refused, Stale, move, move_and_tell
from storage import Store
from storage.schema import messages, outbox
from tests.clock import tell
from tests.conftest import NOON
from tests.life.conftest import Opened

LATER = NOON + timedelta(hours=1)
ENGINEER = Actor("engineer", "E17")


async def test_a_move_is_kept_with_who_when_and_why(store: Store, opened: Opened) -> None:
    """E2: order and event in one transaction."""
    order = opened()
    await store.transact(lambda tx: move(tx, order, "dispatch", SYSTEM, "nearest", LATER, assignee_id=7))
    await store.transact(lambda tx: move(tx, order, "accept", ENGINEER, "", LATER))
    kept = await store.read(lambda tx: tx.orders.find(order.number))
    assert kept is not None
    assert (kept.status, kept.version, kept.assignee_id, kept.updated_at) == ("accepted", 3, 7, LATER)
    events = await store.read(lambda tx: tx.orders.events(order.id))
    assert [(e.move, e.from_status, e.status, e.version) for e in events] == [
        ("open", None, "created", 1), ("dispatch", "created", "dispatched", 2),
        ("accept", "dispatched", "accepted", 3),
    ]  # fmt: skip
    assert (events[-1].actor, events[-1].actor_id, events[1].note) == ("engineer", "E17", "nearest")


async def test_a_refused_move_leaves_nothing(store: Store, opened: Opened) -> None:
    order = opened()
    with pytest.raises(Refused) as refused:
        await store.transact(lambda tx: move(tx, order, "close", SYSTEM, "", LATER))
    assert "不能关闭" in refused.value.words("zh")
    assert "not possible to close" in refused.value.words("en")
    assert await store.read(lambda tx: tx.orders.find(order.number)) == order
    assert len(await store.read(lambda tx: tx.orders.events(order.id))) == 1


async def test_of_two_who_move_one_order_one_wins(store: Store, opened: Opened) -> None:
    """Two agents looked at the same order: the second is told, and nothing is half-done."""
    orders = [opened(f"k{n}") for n in range(6)]

    async def one(order: Any, name: str, who: str) -> str:
        def work(tx: Any) -> Moved:
            return move(tx, order, name, Actor("agent", who), "", LATER, expected_version=order.version)

        try:
            await store.transact(work)
        except Stale as stale:
            return stale.words("zh")
        return who

    for order in orders:
        results = await asyncio.gather(
            *(one(order, name, f"A{n}") for n, name in enumerate(("dispatch", "take", "cancel", "dispatch")))
        )
        assert sum("改动" in result for result in results) == 3
        (winner,) = (result for result in results if "改动" not in result)
        events = await store.read(lambda tx, order=order: tx.orders.events(order.id))
        assert [event.actor_id for event in events[1:]] == [winner]
        kept = await store.read(lambda tx, order=order: tx.orders.get(order.id))
        assert (kept.version, kept.status) == (2, events[-1].status)


async def test_without_a_version_the_table_still_decides(store: Store, opened: Opened) -> None:
    """A customer cancels while an agent takes the order: never both."""
    order = opened()

    async def one(name: str, who: str) -> bool:
        try:
            await store.transact(lambda tx: move(tx, order, name, Actor(who), "", LATER))
        except Refused:
            return False
        return True

    assert sorted(await asyncio.gather(one("cancel", "customer"), one("take", "agent"))) == [False, True]


async def test_the_customer_hears_of_it_through_the_outbox(store: Store, opened: Opened) -> None:
    """E2, F1: in the conversation's language, with the traffic light; choices offered before stay open."""
    order = opened(product="refrigerator")

    def english(tx: Any) -> None:
        conversation = tx.conversations.get(order.conversation_id)
        conversation.language = "en"
        conversation.choices = {"seq": 1, "buttons": []}
        tx.conversations.save(conversation, NOON)

    await store.transact(english)
    agent = Actor("agent", "A1")
    for name in ("take", "urge", "resolve"):
        await store.transact(
            lambda tx, name=name: move_and_tell(
                tx, order, name, agent, "cleaned", LATER, values={"contact": "Mr Wang"}
            )
        )
        tell(store, LATER)
        conversation = await store.read(lambda tx: tx.conversations.get(order.conversation_id))
        assert conversation.choices is not None
        assert (conversation.choices["seq"] == 1) == (name != "resolve")
    said = await store.read(lambda tx: list(tx.execute(select(messages.c.body).order_by(messages.c.seq))))
    texts = [row.body["text"] for row in said]
    assert texts[0].startswith("🔵 accepted\nSomebody is in charge of your refrigerator fault report SR-")
    assert "In charge: Mr Wang" in texts[0]
    assert texts[1].startswith("🟢 done, waiting for you to confirm")
    assert "cleaned" not in texts[1]
    assert len(texts) == 2
    assert len(await store.read(lambda tx: list(tx.execute(select(outbox.c.id))))) == 2
