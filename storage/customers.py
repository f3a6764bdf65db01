"""Customers: who we talk to, whatever the channel."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import NoResultFound

from storage.schema import customers
from storage.statements import Prepared

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of a customer; phone in E.164."""

    id: int
    name: str | None
    phone: str | None
    address: str | None
    language: str | None
    created_at: datetime
    updated_at: datetime
    level: str = "normal"


_GET = Prepared(
    select(*(customers.c[part.name] for part in fields(Customer))).where(
        customers.c.id == bindparam("wanted")
    )
)
_ADD = Prepared(insert(customers).returning(customers.c.id), ("language", "created_at", "updated_at"))


@cache
def _remember(details: tuple[str, ...]) -> Prepared:
    values: dict[str, Any] = {name: bindparam(name) for name in ("updated_at", *details)}
    return Prepared(update(customers).where(customers.c.id == bindparam("wanted")).values(values))


class Customers:
    """The customers' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(self, now: datetime, language: str | None = None) -> int:
        """A new customer's id."""
        values = {"language": language, "created_at": now, "updated_at": now}
        return int(self._tx.value(_ADD, values))

    def get(self, customer_id: int) -> Customer:
        """The customer; raises NoResultFound when there is none."""
        row = self._tx.row(_GET, {"wanted": customer_id})
        if row is None:
            raise NoResultFound(f"no customer {customer_id}")
        return Customer(*row)

    def remember(
        self,
        customer_id: int,
        now: datetime,
        *,
        name: str | None = None,
        phone: str | None = None,
        address: str | None = None,
        language: str | None = None,
    ) -> None:
        """Keep what the customer told us; None leaves a detail as it is."""
        told = {"name": name, "phone": phone, "address": address, "language": language}
        told = {key: value for key, value in told.items() if value is not None}
        if told:
            self._tx.change(_remember(tuple(told)), {"wanted": customer_id, "updated_at": now, **told})
