"""Looking through the archived orders, file by file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from handlers.records.archive import FOLDER, Document, read
from storage import Store
from storage.retention import Archive

Fits = Callable[[Document], bool]


def find(store: Store, data: Path, fits: Fits) -> Iterator[tuple[Archive, Document]]:
    """The archived orders that fit, each with its file; raises Damaged."""
    for one in store.run(lambda tx: tx.retention.archives()):
        for document in read(data / FOLDER, one):
            if fits(document):
                yield one, document


def of_customer(store: Store, customer_id: int) -> Fits:
    """Whether an order is this customer's, or of somebody who turned out to be them."""
    ids = set(store.run(lambda tx: tx.identities.everyone(customer_id))) | {customer_id}
    return lambda document: document["customer"]["id"] in ids


def like(number: str | None = None, name: str | None = None, phone: str | None = None) -> Fits:
    """Whether the number, the beginning of it, a part of the name, and the phone number or its end fit."""

    def fits(document: Document) -> bool:
        order, customer = document["order"], document["customer"]
        names = (order["contact_name"], customer["name"])
        phones = (order["contact_phone"], customer["phone"])
        return (
            (number is None or order["number"].startswith(number.upper()))
            and (name is None or any(one and name in one for one in names))
            and (phone is None or any(one and one.endswith(phone) for one in phones))
        )

    return fits
