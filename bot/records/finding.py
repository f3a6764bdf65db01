"""Which customer is meant: by the number of an order, a phone number, or the id."""

from __future__ import annotations

from handlers import checks
from storage import Tx

MOST = 20


class Unclear(Exception):
    """Nobody, or more than one customer, is meant; the text says so."""


def customer_id(tx: Tx, who: str, countries: tuple[str, ...]) -> int:
    """The id of the customer; raises Unclear."""
    who = who.strip()
    if who.upper().startswith("SR-"):
        order = tx.orders.find(who.upper())
        if order is None:
            raise Unclear(f"there is no order {who}")
        return order.customer_id
    phone = checks.phone(who, countries)
    if phone is None and who.isascii() and who.isdigit() and len(who) < 19:
        rows = tx.customers.page(1, int(who) - 1)
        erased = tx.records.erasure_of(int(who))
        if (not rows or rows[0].id != int(who)) and erased is None:
            raise Unclear(f"there is no customer {who}")
        return int(who)
    if phone is None:
        raise Unclear(f"'{who}' is no order number, phone number or id")
    ids = tx.records.customers_of_phone(phone, MOST)
    if not ids:
        raise Unclear("no customer has this phone number")
    if len(ids) > 1:
        raise Unclear(
            f"{len(ids)} customers have this phone number; choose by id: {', '.join(map(str, ids))}"
        )
    return ids[0]
