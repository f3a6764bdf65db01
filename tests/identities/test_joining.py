"""Joining and parting on both databases: what moves, what each one's wish becomes, races (A3)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from handlers.identities import joining
from storage import Store, Tx
from storage.customers import Customer
from storage.link_codes import LinkCode
from storage.schema import customer_joins, customers, orders
from tests.conftest import NOON
from tests.identities.people import chat, join, order, owner

LATER = NOON + timedelta(days=1)


def put(tx: Tx, customer_id: int, **values: Any) -> None:
    tx.execute(update(customers).where(customers.c.id == customer_id).values(**values))


def test_the_older_customer_stays_and_everything_is_theirs(store: Store) -> None:
    """A3: orders, devices and both chats belong to one customer; gaps in what is known are filled."""

    def work(tx: Tx) -> None:
        first, second = chat(tx, "telegram"), chat(tx, "wechat", at=LATER)
        put(tx, second.customer_id, name="王芳", phone="+8613900139000")
        order(tx, first)
        theirs = order(tx, second)
        done = join(tx, second, first)
        assert done is not None
        kept = first.customer_id
        assert done.customer_id == kept == owner(tx, second)
        assert tx.customers.get(kept).name == "王芳"
        assert tx.customers.get(second.customer_id).joined_into == kept
        assert {one.id for one in tx.orders.of_customer(kept)} == {1, theirs.id}
        assert len(tx.devices.of_customer(kept)) == 2
        assert join(tx, first, second) is None
        assert [one.id for one in tx.customers.page(10)] == [kept]

    store.run(work)


def test_parting_gives_back_what_belongs_to_each_also_what_came_since(store: Store) -> None:
    """A3: chats, orders and devices go back; details are as before the join."""

    def work(tx: Tx) -> None:
        first, second = chat(tx, "telegram"), chat(tx, "wechat", at=LATER)
        put(tx, first.customer_id, name="Ann")
        put(tx, second.customer_id, phone="+8613900139000")
        old = order(tx, second)
        done = join(tx, first, second)
        assert done is not None
        new = order(tx, second, key="new", model="XQG-9", product="washing_machine")
        mine = order(tx, first)
        assert joining.undo(tx, done.join, "li", "asked by telephone", LATER)
        assert not joining.undo(tx, done.join, "li", "again", LATER)
        assert {one.id for one in tx.orders.of_customer(second.customer_id)} == {old.id, new.id}
        assert [one.id for one in tx.orders.of_customer(first.customer_id)] == [mine.id]
        assert {one.model for one in tx.devices.of_customer(second.customer_id)} == {"BCD-2", "XQG-9"}
        assert owner(tx, second) == second.customer_id
        kept = tx.customers.get(first.customer_id)
        assert (kept.name, kept.phone) == ("Ann", None)
        (record,) = tx.identities.history(first.customer_id)
        assert (record.undone_by, record.undone_reason) == ("li", "asked by telephone")

    store.run(work)


@pytest.mark.parametrize("whose", [0, 1])
def test_who_wanted_nothing_unasked_in_either_chat_wants_it_in_none(store: Store, whose: int) -> None:
    """A3, F6: an opt-out of either holds, and ends with the join unless it was said meanwhile."""

    def work(tx: Tx) -> None:
        rooms = [chat(tx, "telegram"), chat(tx, "wechat", at=LATER)]
        kept, part = (room.customer_id for room in rooms)
        tx.customers.opt_out(rooms[whose].customer_id, NOON)
        done = join(tx, *rooms)
        assert done is not None
        assert tx.customers.get(kept).opted_out_at == NOON
        joining.undo(tx, done.join, "li", "", LATER)
        outs = [tx.customers.get(one).opted_out_at for one in (kept, part)]
        assert [out is not None for out in outs] == [whose == 0, whose == 1]
        again = join(tx, *rooms)
        assert again is not None
        tx.customers.opt_out(kept, None)
        joining.undo(tx, again.join, "li", "", LATER)
        assert [tx.customers.get(one).opted_out_at for one in (kept, part)] == [None, None]

    store.run(work)


def test_the_higher_level_counts_and_the_newest_vouched_number() -> None:
    """A3: what becomes of level, language and verified number is decided, whichever is the older."""
    normal = Customer(1, "Ann", None, None, "en", NOON, NOON)
    key = Customer(
        2, "Bo", "+861", None, "zh", LATER, LATER, "key", verified_phone="+862", phone_verified_at=NOON
    )
    changes = {"phone": "+861", "level": "key", "verified_phone": "+862", "phone_verified_at": NOON}
    assert joining.merged(normal, key) == changes
    assert joining.merged(key, normal) == {}


def test_three_chats_and_parting_the_one_in_the_middle(store: Store) -> None:
    """A3: whoever stands alone again keeps what was theirs, and nobody gets what is not."""

    def work(tx: Tx) -> None:
        rooms = [
            chat(tx, name, at=NOON + timedelta(days=n))
            for n, name in enumerate(("web", "wechat", "telegram"))
        ]
        own = [room.customer_id for room in rooms]
        theirs = [order(tx, room).id for room in rooms]
        join(tx, rooms[1], rooms[2])
        join(tx, rooms[0], rooms[2])
        assert {owner(tx, room) for room in rooms} == {own[0]}
        assert tx.identities.everyone(own[0]) == own
        assert joining.alone(tx, rooms[1].id, "customer", "", LATER) == 2
        assert [owner(tx, room) for room in rooms] == own
        assert [[one.id for one in tx.orders.of_customer(whose)] for whose in own] == [
            [one] for one in theirs
        ]
        join(tx, rooms[0], rooms[2])
        assert owner(tx, rooms[2]) == own[0]
        assert owner(tx, rooms[1]) == own[1]

    store.run(work)


async def test_two_processes_joining_at_once_join_once(store: Store) -> None:
    """A3, I2: every pair of four chats at once, in both directions: one customer, three joins."""
    rooms = await store.transact(
        lambda tx: [chat(tx, "web", f"p{n}", NOON + timedelta(minutes=n)) for n in range(4)]
    )
    pairs = [(one, other) for one in rooms for other in rooms if one is not other]
    Random(7).shuffle(pairs)
    await asyncio.gather(*(store.transact(lambda tx, p=p: join(tx, *p)) for p in pairs))
    owners = await store.read(lambda tx: {owner(tx, room) for room in rooms})
    assert owners == {rooms[0].customer_id}
    assert len(await store.read(lambda tx: tx.identities.standing(rooms[0].customer_id))) == 3


def test_of_two_codes_given_in_one_chat_the_last_counts(store: Store) -> None:
    """A3: "yes" is said to what was asked last, whichever code was made first."""

    def work(tx: Tx) -> None:
        here, web, telegram = chat(tx, "wechat"), chat(tx, "web"), chat(tx, "telegram")
        for handle, room, at in (("AAA", web, NOON), ("BBB", telegram, LATER)):
            given = LinkCode(room.id, handle, "salt", "hash", at, at + timedelta(days=9))
            assert tx.link_codes.give(given, NOON)
        for handle in ("BBB", "AAA"):
            found = tx.link_codes.find(handle)
            assert found is not None
            tx.link_codes.claim(found, here.id)
        claimed = tx.link_codes.claimed(here.id)
        assert claimed is not None
        assert claimed.conversation_id == web.id

    store.run(work)


def test_somebody_erased_is_not_joined(store: Store) -> None:
    """A3, E9: nothing leads back to who was erased."""

    def work(tx: Tx) -> None:
        first, second = chat(tx, "telegram"), chat(tx, "wechat")
        put(tx, first.customer_id, erased_at=NOON)
        with pytest.raises(joining.Refused):
            join(tx, first, second)

    store.run(work)


def test_any_order_of_joining_and_parting_leaves_everything_with_somebody(store: Store) -> None:
    """A3: a hundred random joins and partings; afterwards each chat has its own orders and nothing else."""
    random = Random(11)

    def work(tx: Tx) -> None:
        rooms = [chat(tx, "web", f"p{n}", NOON + timedelta(minutes=n)) for n in range(5)]
        own = {room.id: room.customer_id for room in rooms}
        for step in range(100):
            room, other = random.sample(rooms, 2)
            match random.randrange(4):
                case 0 | 1:
                    join(tx, room, other)
                case 2:
                    joining.alone(tx, room.id, "customer", "", NOON)
                case _:
                    order(tx, room, key=f"s{step}")
            for one in rooms:
                whose = owner(tx, one)
                assert whose == tx.identities.root(own[one.id])
                mine = tx.execute(select(orders.c.customer_id).where(orders.c.conversation_id == one.id))
                assert {row[0] for row in mine} <= {whose}
        for room in rooms:
            joining.alone(tx, room.id, "customer", "", NOON)
        assert {room.id: owner(tx, room) for room in rooms} == own
        standing = select(customer_joins.c.id).where(customer_joins.c.undone_at.is_(None))
        assert tx.execute(standing).all() == []
        for whose in own.values():
            devices = {one.model for one in tx.devices.of_customer(whose)}
            assert devices <= {f"BCD-{room.id}" for room in rooms if own[room.id] == whose}

    store.run(work)
