"""Which customer is meant: by the number of an order, a phone number, the id, or the address of a chat."""

from __future__ import annotations

from pathlib import Path

from bot.records import archives
from handlers import checks
from storage import Store

MOST = 20


class Unclear(Exception):
    """Nobody, or more than one customer, is meant; the text says so."""


def customer_id(store: Store, data: Path, who: str, countries: tuple[str, ...]) -> int:
    """The id of the customer, also of one who is known from archived orders only; raises Unclear, Damaged."""
    who = who.strip()
    if who.upper().startswith("SR-"):
        order = store.run(lambda tx: tx.orders.find(who.upper()))
        if order is not None:
            return order.customer_id
        return _one(_archived(store, data, archives.like(number=who)), f"there is no order {who}")
    if who.count(":") > 1:
        place = who.split(":", 2)
        room = store.run(lambda tx: tx.conversations.find(*place))
        return _one([room.customer_id] if room else [], f"nobody wrote from {who}")
    phone = checks.phone(who, countries)
    if phone is None and who.isascii() and who.isdigit() and len(who) < 19:
        return _by_id(store, data, int(who))
    if phone is None:
        raise Unclear(f"'{who}' is no order number, phone number, id or address of a chat")
    ids = store.run(lambda tx: tx.records.customers_of_phone(phone, MOST))
    return _one(
        ids or _archived(store, data, archives.like(phone=phone)), "no customer has this phone number"
    )


def _by_id(store: Store, data: Path, wanted: int) -> int:
    wanted = store.run(lambda tx: tx.identities.root(wanted))
    rows = store.run(lambda tx: tx.customers.page(1, wanted - 1))
    if (rows and rows[0].id == wanted) or store.run(lambda tx: tx.records.erasure_of(wanted)) is not None:
        return wanted
    return _one(_archived(store, data, archives.of_customer(store, wanted)), f"there is no customer {wanted}")


def _archived(store: Store, data: Path, fits: archives.Fits) -> list[int]:
    return sorted({int(found["customer"]["id"]) for _, found in archives.find(store, data, fits)})


def _one(ids: list[int], nobody: str) -> int:
    if not ids:
        raise Unclear(nobody)
    if len(ids) > 1:
        raise Unclear(f"{len(ids)} customers are meant; choose by id: {', '.join(map(str, ids))}")
    return ids[0]
