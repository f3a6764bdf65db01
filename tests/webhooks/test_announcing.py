"""What receivers are told of, written with its cause, on both databases (I2, E2)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from handlers.desk import Desk, Terms
from handlers.identities import joining
from handlers.webhooks.announcing import announce
from scheduler.rules import Rules
from storage import Store, Tx
from storage.orders import Order
from storage.webhooks import Attempt
from tests.conftest import NOON
from tests.identities.people import chat, join
from tests.identities.people import order as opened_in
from tests.scheduler.desk import Desktop
from tests.webhooks.conftest import settings_of, told

CRM = told("https://crm.example.com/hooks")
FULL = told("https://full.example.com/hooks", "full", scopes=("orders:read", "customers:read"))
OPENED_ONLY = told("https://few.example.com/hooks", "few", events=("order.opened",))


@pytest.fixture
def desktop(store: Store) -> Desktop:
    return Desktop(store, Rules(webhooks=settings_of(CRM, FULL, OPENED_ONLY)))


def written(store: Store, receiver: str = "crm") -> list[dict[str, Any]]:
    """What waits for a receiver, oldest first."""
    rows = store.run(lambda tx: tx.webhooks.unsent(100, receiver))
    return [{"key": row.key, **json.loads(row.body)} for row in rows]


def test_every_move_is_written_once_for_each_receiver(desktop: Desktop) -> None:
    """E2, I2: opened, taken, resolved; a second sweep adds nothing; who wants less gets less."""
    order = desktop.open("consultation")
    desktop.move(order, "take", NOON + timedelta(minutes=1))
    desktop.sweep(NOON + timedelta(minutes=2))
    desktop.move(order, "resolve", NOON + timedelta(minutes=3))
    desktop.sweep(NOON + timedelta(minutes=4))
    desktop.sweep(NOON + timedelta(minutes=5))
    found = written(desktop.store)
    assert [(one["type"], one["data"]["move"]["move"]) for one in found] == [
        ("order.opened", "open"), ("order.moved", "take"), ("order.moved", "resolve"),
    ]  # fmt: skip
    assert found[2]["data"]["move"] == {
        "move": "resolve", "from_status": "accepted", "status": "resolved", "version": 3, "actor": "agent",
    }  # fmt: skip
    assert found[1]["timestamp"] == "2026-03-02T04:01:00Z"
    assert found[2]["data"]["order"]["number"] == order.number
    assert len({one["key"] for one in found}) == 3
    assert [one["type"] for one in written(desktop.store, "few")] == ["order.opened"]


def test_who_the_customer_is_needs_its_scope(desktop: Desktop) -> None:
    """I3: neither fields nor words tell it without customers:read."""

    def opened(tx: Tx) -> Order:
        conversation = tx.conversations.enter("web", "web", "p", NOON)
        desk = Desk(tx, conversation, None, Terms(), NOON, "m1")  # type: ignore[arg-type]
        fields = {
            "name": "王芳", "phone": "+8613800138000", "address": "上海市张杨路500号", "product": "tv",
            "serial_number": "ABC12345", "description": "坏了，打13900139000找王芳女士",
        }  # fmt: skip
        return desk.open_order("fault", fields)

    order = desktop.store.run(opened)
    desktop.move(order, "take", NOON, "call 13700137000")
    desktop.sweep(NOON)
    poor, rich = (json.dumps(written(desktop.store, name), ensure_ascii=False) for name in ("crm", "full"))
    for secret in ("王芳", "13800138000", "13900139000", "13700137000", "张杨路", "ABC12345"):
        assert secret not in poor, secret
        assert secret in rich, secret
    assert '"product": "tv"' in poor


def test_complaints_and_surveys_are_events_too(desktop: Desktop) -> None:
    """C4, F4: with codes, without words."""

    def opened(tx: Tx) -> Order:
        conversation = tx.conversations.enter("web", "web", "p", NOON)
        desk = Desk(tx, conversation, None, Terms(), NOON, "m1")  # type: ignore[arg-type]
        return desk.open_order("complaint", {"description": "我要打12315，师傅骂人"})

    order = desktop.store.run(opened)
    said = {"survey": {"round": 1, "rating": "neutral", "reasons": ["attitude"]}}
    desktop.store.run(lambda tx: announce(tx, order, "survey.answered", said, NOON + timedelta(hours=1)))
    desktop.sweep(NOON + timedelta(hours=1))
    found = written(desktop.store)
    assert [one["type"] for one in found][:2] == ["order.opened", "complaint.registered"]
    assert found[1]["data"]["complaint"]["severity"] == "severe"
    answered = next(one for one in found if one["type"] == "survey.answered")
    assert answered["data"]["survey"] == said["survey"]


def test_what_is_rolled_back_is_not_announced(desktop: Desktop) -> None:
    """I2: the move and its announcement are one transaction."""

    def fails(tx: Tx) -> None:
        conversation = tx.conversations.enter("web", "web", "p", NOON)
        desk = Desk(tx, conversation, None, Terms(), NOON, "m1")  # type: ignore[arg-type]
        desk.open_order("consultation", {})
        raise RuntimeError

    with pytest.raises(RuntimeError):
        desktop.store.run(fails)
    desktop.sweep(NOON)
    assert written(desktop.store) == []
    assert desktop.store.run(lambda tx: tx.timers.coming(10, "moved")) == []


def test_who_follows_links_has_every_order_with_its_customer(desktop: Desktop) -> None:
    """A3: joined, joined again, the one in the middle parted: what is told, taken in order, is how it is."""
    store = desktop.store

    def lives(tx: Tx) -> dict[str, int]:
        rooms = [chat(tx, "web", f"p{n}", NOON + timedelta(minutes=n)) for n in range(3)]
        books = {opened_in(tx, room, key=str(n)).number: room.customer_id for room in rooms for n in range(2)}
        join(tx, rooms[1], rooms[2], NOON + timedelta(minutes=5))
        join(tx, rooms[0], rooms[2], NOON + timedelta(minutes=6))
        since = opened_in(tx, rooms[1], key="since")
        joining.alone(tx, rooms[1].id, "customer", "whispered 13800138000", NOON + timedelta(minutes=7))
        return {**books, since.number: since.customer_id}

    books = store.run(lives)
    desktop.sweep(NOON + timedelta(minutes=8))
    told = [one for one in written(store) if one["type"].startswith("customer.")]
    assert [(one["type"], one["data"]["link"]["id"]) for one in told] == [
        ("customer.joined", 1), ("customer.joined", 2), ("customer.parted", 2), ("customer.parted", 1),
    ]  # fmt: skip
    assert told[0]["data"]["link"] == {"id": 1, "kept_id": 2, "joined_id": 3, "how": "code"}
    assert told[0]["timestamp"] == "2026-03-02T04:05:00Z"
    before = dict(books)
    for one in told:
        books |= dict.fromkeys(one["data"]["orders"], one["data"]["customer_id"])
    assert books != before
    for number, whose in books.items():
        order = store.run(lambda tx, number=number: tx.orders.find(number))
        assert order is not None
        assert order.customer_id == whose
    assert "13800138000" not in json.dumps(told)
    assert not [one for one in written(store, "few") if one["type"].startswith("customer.")]


def test_what_is_told_of_customers_comes_in_its_order(desktop: Desktop) -> None:
    """A3, I2: one after the other whomever it is about, beside what is told of orders."""
    store, late = desktop.store, NOON + timedelta(minutes=9)

    def lives(tx: Tx) -> None:
        rooms = [chat(tx, "web", f"p{n}", NOON + timedelta(minutes=n)) for n in range(4)]
        opened_in(tx, rooms[3])
        for one, other in ((0, 1), (2, 3)):
            join(tx, rooms[one], rooms[other], NOON + timedelta(minutes=5))

    store.run(lives)
    desktop.sweep(late)

    def first() -> list[str]:
        heads = store.run(lambda tx: tx.webhooks.heads("crm", late, 10))
        store.run(lambda tx: tx.webhooks.settle([Attempt(one, "sent", late) for one in heads], late))
        return [f"{one.event} {one.customer_id}" for one in heads]

    assert sorted(first()) == ["customer.joined 1", "order.opened None"]
    assert first() == ["customer.joined 3"]
    assert first() == []
