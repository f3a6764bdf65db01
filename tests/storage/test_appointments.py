"""Appointments on both databases: one slot is given once, and is free again when it ends (C5)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from storage import Store, Tx
from storage.appointments import Appointment
from tests.conftest import NOON
from tests.life.conftest import open_order

START = NOON + timedelta(days=1)
END = START + timedelta(hours=2)
SLOTS = ("capital|t|1", "capital|t|2")


def book(tx: Tx, key: str) -> Appointment | None:
    order = open_order(tx, key, kind="installation")
    return tx.appointments.book(order.id, START, END, SLOTS, NOON)


async def test_each_slot_is_given_once_however_many_ask_at_once(store: Store) -> None:
    """C5: six customers, two places."""
    found = await asyncio.gather(*(store.transact(lambda tx, n=n: book(tx, f"k{n}")) for n in range(6)))
    assert sorted(one.slot for one in found if one) == list(SLOTS)
    booked = await store.read(lambda tx: tx.appointments.booked("capital", NOON))
    assert booked == {START: 2}
    assert await store.read(lambda tx: tx.appointments.booked("elsewhere", NOON)) == {}


async def test_what_ended_is_free_again(store: Store) -> None:
    """C5: a moved or cancelled visit gives its place back."""
    first = await store.transact(lambda tx: book(tx, "a"))
    assert first is not None
    assert await store.read(lambda tx: tx.appointments.standing(first.order_id)) == first
    await store.transact(lambda tx: tx.appointments.end(first, "cancelled"))
    assert await store.read(lambda tx: tx.appointments.standing(first.order_id)) is None
    again = await store.transact(lambda tx: book(tx, "b"))
    assert again is not None
    assert again.slot == SLOTS[0]
