"""Complaints 投诉: what belongs to a complaint beside its order, and the register of them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, bindparam, func, select, update

from storage.orders import Order
from storage.schema import complaints, order_events, orders
from storage.statements import Prepared, values_of

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint; its words, contact and state are those of its order.

    `signs` say why it is as severe as it is, `demand` what the customer asks for (codes, or their words),
    `about` the number of the order it is about, `plan` and `plan_by` what was committed to.
    """

    order_id: int
    category: str
    severity: str
    regulator: bool = False
    signs: list[str] = field(default_factory=list)
    demand: str | None = None
    about: str | None = None
    cause: str | None = None
    unit: str | None = None
    plan: str | None = None
    plan_by: datetime | None = None
    planned_at: datetime | None = None
    statement_due_at: datetime | None = None
    statement: str | None = None
    statement_at: datetime | None = None
    additions: int = 0


@dataclass(frozen=True, slots=True)
class Registered:
    """A line of the register: the complaint, its order, who complained, how it was solved."""

    complaint: Complaint
    order: Order
    name: str | None
    phone: str | None
    result: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which complaints; what is left out does not narrow the list. `until` is not included."""

    since: datetime | None = None
    until: datetime | None = None
    open: bool | None = None
    severity: str | None = None
    category: str | None = None
    number: str | None = None


_PARTS = [part.name for part in fields(Complaint)]
_COLUMNS = [complaints.c[name] for name in _PARTS]
_ORDER = [orders.c[part.name] for part in fields(Order)]
_RESULT = (
    select(order_events.c.note)
    .where(order_events.c.order_id == orders.c.id, order_events.c.move == "resolve")
    .order_by(order_events.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_REGISTER = Prepared(
    lambda dialect: dialect.insert(complaints).on_conflict_do_nothing(index_elements=["order_id"]), _PARTS
)
_OF_ORDER = Prepared(select(*_COLUMNS).where(complaints.c.order_id == bindparam("order")))


class Complaints:
    """The complaints' repository; a row is changed under the lock of its order."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def register(self, complaint: Complaint) -> bool:
        """Keep it; False where its order has one already."""
        return self._tx.change(_REGISTER, values_of(complaint)) == 1

    def of_order(self, order_id: int) -> Complaint | None:
        """The complaint of that order, or None."""
        row = self._tx.row(_OF_ORDER, {"order": order_id})
        return Complaint(*row) if row else None

    def change(self, order_id: int, **changes: Any) -> None:
        """Write what became of it."""
        self._tx.execute(update(complaints).where(complaints.c.order_id == order_id).values(changes))

    def page(self, wanted: Wanted, limit: int, behind: int | None = None) -> list[Registered]:
        """Complaints newest first, behind that order's id."""
        found = select(*_COLUMNS, *_ORDER, orders.c.contact_name, orders.c.contact_phone, _RESULT)
        found = found.join_from(complaints, orders).where(*_conditions(wanted))
        if behind is not None:
            found = found.where(orders.c.id < behind)
        rows = self._tx.execute(found.order_by(orders.c.id.desc()).limit(limit))
        parts, last = len(_PARTS), len(_PARTS) + len(_ORDER)
        return [Registered(Complaint(*r[:parts]), Order(*r[parts:last]), *r[last:]) for r in rows]

    def counted(self, since: datetime, until: datetime) -> tuple[dict[str, int], dict[str, int]]:
        """Complaints of that time by product, and by responsible unit; where none is known under ''."""
        product = func.coalesce(orders.c.fields["product"].as_string(), "")
        when = (orders.c.created_at >= since, orders.c.created_at < until)
        unit = func.coalesce(complaints.c.unit, "")
        source = complaints.join(orders)
        return self._groups(product, source, *when), self._groups(unit, source, *when)

    def orders_by_product(self, since: datetime, until: datetime) -> dict[str, int]:
        """How many orders of the other kinds were opened in that time, by product."""
        product = func.coalesce(orders.c.fields["product"].as_string(), "")
        when = (orders.c.created_at >= since, orders.c.created_at < until)
        return self._groups(product, orders, orders.c.kind != "complaint", *when)

    def _groups(self, name: Any, source: Any, *conditions: ColumnElement[bool]) -> dict[str, int]:
        """How many rows there are of each name."""
        named = name.label("named")
        found = select(named, func.count().label("many")).select_from(source).where(*conditions)
        return {row.named: row.many for row in self._tx.execute(found.group_by(named))}


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(orders.c.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(orders.c.created_at < wanted.until)
    if wanted.open is not None:
        found.append(orders.c.closed_at.is_(None) if wanted.open else orders.c.closed_at.is_not(None))
    if wanted.severity is not None:
        found.append(complaints.c.severity == wanted.severity)
    if wanted.category is not None:
        found.append(complaints.c.category == wanted.category)
    if wanted.number is not None:
        found.append(orders.c.number == wanted.number)
    return found
