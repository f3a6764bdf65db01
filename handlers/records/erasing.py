"""Erasing what is known of one customer, as far as orders need not be kept (E9).

What has to stay loses everything about the person; figures, codes and moments remain, so books still balance.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from handlers.records import archive
from handlers.records.settings import RetentionSettings
from storage.records import MEDIA, Erasure

if TYPE_CHECKING:
    from storage import Tx
    from storage.conversations import Conversation
    from storage.orders import Order

MOST_ORDERS = 100_000
TELLING = 3
"""Shorter values are too common to be called personal."""


class Refused(Exception):
    """The data are not erased now; `why` is a code, the text says it to people."""

    def __init__(self, why: str, words: str) -> None:
        super().__init__(words)
        self.why = why


def erase(
    tx: Tx,
    customer_id: int,
    actor: str,
    reason: str,
    now: datetime,
    settings: RetentionSettings,
    force: bool = False,
) -> Erasure:
    """Erase the customer and keep a record of it; who was erased before gets that record again.

    Orders that need not be kept are removed; who is known from archives only gets a record. Raises Refused.
    """
    customer_id = tx.identities.root(customer_id)
    before = tx.records.erasure_of(customer_id)
    if before is not None:
        return before
    places = [tx.conversations.get(one.id, lock=True) for one in _in_order(tx, customer_id)]
    orders = [tx.orders.get(one.id, lock=True) for one in _orders(tx, customer_id)]
    tx.customers.lock(customer_id)
    current = [order.number for order in orders if order.open]
    if current and not force:
        raise Refused("open_orders", f"still open: {', '.join(current)}; close or cancel first, or force it")
    if tx.records.being_sent(customer_id):
        raise Refused("sending", "a message to the customer is being sent just now; try again in a moment")
    known: list[str | None] = [place.peer for place in places]
    for one in tx.customers.among(tx.identities.everyone(customer_id)).values():
        known += [one.name, one.phone, one.address, one.verified_phone]
    known += [str(order.fields.get(name) or "") for order in orders for name in ("name", "phone", "address")]
    if any(one and len(one) >= TELLING and one in reason for one in known):
        raise Refused("personal_reason", "the reason is kept: leave the customer's own data out of it")
    tx.records.doom([f"{MEDIA}/web/{place.peer}/" for place in places if place.channel == "web"], now)
    over = [order.id for order in orders if order.closed_at and order.closed_at < settings.orders_from(now)]
    tx.records.remove_orders(over, now)
    counts = tx.records.blank(customer_id, now)
    record = Erasure(
        customer_id,
        now,
        actor[:64],
        reason.strip(),
        bool(current),
        len(orders) - len(over),
        len(over),
        counts,
    )
    tx.records.keep(record)
    return record


def erase_archived(
    tx: Tx, data: Path, file: str, theirs: Callable[[archive.Document], bool], now: datetime
) -> int:
    """Take the customer's orders out of that archive; how many there were. Raises Damaged, OSError."""
    found = next((one for one in tx.retention.archives() if one.file == file), None)
    if found is None:
        return 0
    left, removed = archive.without(data / archive.FOLDER, found, theirs, now)
    if removed:
        tx.retention.replace(file, left)
        tx.records.doom(archive.names_of(found), now)
    return removed


def _in_order(tx: Tx, customer_id: int) -> list[Conversation]:
    """Always locked in the same order, so that no two erasures wait for each other."""
    return sorted(tx.conversations.of_customer(customer_id), key=lambda one: one.id)


def _orders(tx: Tx, customer_id: int) -> list[Order]:
    return sorted(tx.orders.of_customer(customer_id, MOST_ORDERS), key=lambda order: order.id)
