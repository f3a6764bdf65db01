"""Finding orders by what people know of them: number, name, telephone, serial number, kind, state (E9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from storage.appointments import Appointment
from storage.orders import Order
from storage.phones import is_or_ends_with
from storage.schema import customers, orders, staff
from storage.words import holds

if TYPE_CHECKING:
    from storage.transaction import Tx


WHOLE_NUMBER = len("SR-202603020001")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for; empty parts do not narrow it. `phone` is in E.164, or the last digits of it."""

    kind: str | None = None
    status: str | None = None
    priority: str | None = None
    open: bool | None = None
    number: str | None = None
    name: str | None = None
    phone: str | None = None
    serial: str | None = None
    assignee: str | None = None  # a code of the staff
    created_from: datetime | None = None
    created_to: datetime | None = None  # not included
    stubborn: bool = False  # those that came back or were escalated


@dataclass(frozen=True, slots=True)
class Listed:
    """An order with who it is for, who has it and its newest appointment, as lists show them."""

    order: Order
    name: str | None
    phone: str | None
    serial_number: str | None
    assignee: str | None
    appointment: Appointment | None


_ORDER = [orders.c[part.name] for part in fields(Order)]
_SHOWN = (orders.c.contact_name, orders.c.contact_phone, orders.c.serial_number, staff.c.code)


class OrderSearch:
    """Pages of orders."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def count(self, filters: Filters) -> int:
        """How many orders there are."""
        found = select(func.count()).select_from(orders).where(*_conditions(filters))
        return int(self._tx.execute(found).scalar_one())

    def page(self, filters: Filters, limit: int, offset: int = 0) -> list[Listed]:
        """A page of them, newest first."""
        found = _listed(filters).order_by(orders.c.created_at.desc(), orders.c.id.desc())
        return self._rows(found.limit(limit).offset(offset))

    def older(self, filters: Filters, limit: int, behind: tuple[datetime, int] | None) -> list[Listed]:
        """The next of them, newest first, behind an order's moment and id: pages that nothing new moves."""
        found = _listed(filters).order_by(orders.c.created_at.desc(), orders.c.id.desc()).limit(limit)
        if behind is not None:
            moment, order_id = behind
            earlier = or_(orders.c.created_at < moment, orders.c.id < order_id)
            found = found.where(orders.c.created_at <= moment, earlier)  # the first for the index
        return self._rows(found)

    def after(self, filters: Filters, order_id: int, limit: int) -> list[Listed]:
        """The next of them behind that id, oldest first: to go through all of them in batches."""
        found = _listed(filters).where(orders.c.id > order_id).order_by(orders.c.id)
        return self._rows(found.limit(limit))

    def _rows(self, found: Select[Any]) -> list[Listed]:
        rows = self._tx.execute(found).all()
        visits = self._tx.appointments.latest_among(row.id for row in rows)
        return [
            Listed(
                Order(*row[: len(_ORDER)]), row.contact_name, row.contact_phone, row.serial_number, row.code,
                visits.get(row.id),
            )
            for row in rows
        ]  # fmt: skip


def _listed(filters: Filters) -> Select[Any]:
    joined = orders.outerjoin(staff, staff.c.id == orders.c.assignee_id)
    return select(*_ORDER, *_SHOWN).select_from(joined).where(*_conditions(filters))


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.kind:
        yield orders.c.kind == filters.kind
    if filters.status:
        yield orders.c.status == filters.status
    if filters.priority:
        yield orders.c.priority == filters.priority
    if filters.created_from:
        yield orders.c.created_at >= filters.created_from
    if filters.created_to:
        yield orders.c.created_at < filters.created_to
    if filters.open is not None:
        yield orders.c.closed_at.is_(None) if filters.open else orders.c.closed_at.is_not(None)
    if filters.stubborn:
        yield or_(orders.c.round > 1, orders.c.escalation > 0)
    if filters.number:
        number = filters.number.upper()
        whole = len(number) >= WHOLE_NUMBER
        yield orders.c.number == number if whole else orders.c.number.startswith(number, autoescape=True)
    if filters.name:
        of_customers = select(customers.c.id).where(holds(customers.c.name, filters.name))
        named = holds(orders.c.contact_name, filters.name)
        yield or_(named, orders.c.customer_id.in_(of_customers))
    if filters.phone:
        yield or_(
            is_or_ends_with(orders.c.contact_phone, filters.phone),
            orders.c.customer_id.in_(
                select(customers.c.id).where(is_or_ends_with(customers.c.phone, filters.phone))
            ),
        )
    if filters.assignee:
        yield orders.c.assignee_id.in_(select(staff.c.id).where(staff.c.code == filters.assignee))
    if filters.serial:
        yield orders.c.serial_number.in_((filters.serial, filters.serial.upper()))
