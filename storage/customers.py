"""Customers: who we talk to, whatever the channel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import NoResultFound

from storage.phones import is_or_ends_with
from storage.schema import customers
from storage.statements import Prepared, among
from storage.words import holds

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
    zone: str | None = None
    """Where they live, if that is not the service's time zone."""
    opted_out_at: datetime | None = None
    quiet_hours: str | None = None
    """Their own instead of the service's: 21:00-09:00."""
    erased_at: datetime | None = None
    """Since when nothing of the person is known any more."""
    verified_phone: str | None = None
    """Theirs by the word of a channel, E.164; `phone` is what somebody typed."""
    phone_verified_at: datetime | None = None
    joined_into: int | None = None
    """The customer that this one turned out to be."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known of a customer: part of the name, a telephone number in E.164 or its end.

    Or the words may be the customer's own `number`. Where nothing is given, everybody fits.
    """

    name: str | None = None
    phone: str | None = None
    number: int | None = None


ANYBODY = Sought()
_SELECTED = select(*(customers.c[part.name] for part in fields(Customer)))
_GET = Prepared(_SELECTED.where(customers.c.id == bindparam("wanted")))
_AMONG = Prepared(lambda dialect: _SELECTED.where(among(dialect, customers.c.id, "ids")))
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

    def among(self, customer_ids: Iterable[int]) -> dict[int, Customer]:
        """Those customers by their ids."""
        rows = self._tx.rows(_AMONG, {"ids": sorted(set(customer_ids))})
        return {row[0]: Customer(*row) for row in rows}

    def known(self, customer_id: int) -> Customer | None:
        """The customer, or whom they were joined into; None where there is none, or who was erased."""
        found = self.among([self._tx.identities.root(customer_id)])
        return next((one for one in found.values() if one.erased_at is None), None)

    def lock(self, customer_id: int) -> Customer | None:
        """The customer, locked until the transaction ends; None where there is none, or who was erased."""
        found = _SELECTED.where(customers.c.id == customer_id, customers.c.erased_at.is_(None))
        row = self._tx.execute(found.with_for_update()).one_or_none()
        return Customer(*tuple(row)) if row else None

    def page(self, limit: int, behind: int = 0, sought: Sought = ANYBODY) -> list[Customer]:
        """The next customers behind that id."""
        found = _SELECTED.where(customers.c.id > behind, *_conditions(sought))
        found = found.order_by(customers.c.id).limit(limit)
        return [Customer(*tuple(row)) for row in self._tx.execute(found)]

    def count(self, sought: Sought = ANYBODY) -> int:
        """How many customers there are who fit."""
        found = select(func.count()).select_from(customers).where(*_conditions(sought))
        return int(self._tx.execute(found).scalar_one())

    def newest(self, limit: int, offset: int, sought: Sought = ANYBODY) -> list[Customer]:
        """A page of them, who came last first."""
        found = _SELECTED.where(*_conditions(sought)).order_by(customers.c.id.desc())
        return [Customer(*tuple(row)) for row in self._tx.execute(found.limit(limit).offset(offset))]

    def change(self, customer: Customer, now: datetime, **changes: Any) -> Customer:
        """Write changed details of a locked customer; None takes one away."""
        values: dict[str, Any] = {**changes, "updated_at": now}
        self._tx.execute(update(customers).where(customers.c.id == customer.id).values(values))
        return replace(customer, **values)

    def opt_out(self, customer_id: int, since: datetime | None) -> None:
        """Since when they want nothing unasked; None: they do."""
        self._tx.execute(update(customers).where(customers.c.id == customer_id).values(opted_out_at=since))

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


def _conditions(sought: Sought) -> Iterator[ColumnElement[bool]]:
    """Customers who are neither erased nor part of another, and fit."""
    yield customers.c.erased_at.is_(None)
    yield customers.c.joined_into.is_(None)
    known = []
    if sought.name:
        known.append(holds(customers.c.name, sought.name))
    if sought.phone:
        known.append(is_or_ends_with(customers.c.phone, sought.phone))
    if sought.number is not None:
        yield or_(and_(*known), customers.c.id == sought.number) if known else customers.c.id == sought.number
    else:
        yield from known
