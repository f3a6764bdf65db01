"""Service orders 服务单: numbers, fields and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from storage.schema import order_events, order_numbers, orders
from storage.statements import Prepared

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Order:
    """One service order; `fields` holds what its kind collects."""

    id: int
    number: str
    request_key: str
    kind: str
    status: str
    priority: str
    customer_id: int
    conversation_id: int
    fields: dict[str, Any]
    promised_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def open(self) -> bool:
        """Whether there is still something to do."""
        return self.status not in ("closed", "cancelled")


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One thing that happened to an order: when, by whom, the status after it, why."""

    at: datetime
    actor: str
    status: str
    note: str


_COLUMNS = [orders.c[part.name] for part in fields(Order)]
_BY_KEY = Prepared(select(*_COLUMNS).where(orders.c.request_key == bindparam("key")))
_BY_NUMBER = Prepared(select(*_COLUMNS).where(orders.c.number == bindparam("number")))
_OF_CUSTOMER = Prepared(
    select(*_COLUMNS)
    .where(orders.c.customer_id == bindparam("customer"))
    .order_by(orders.c.created_at.desc(), orders.c.id.desc())
    .limit(bindparam("most"))
)
_OPEN = Prepared(
    insert(orders).returning(orders.c.id), [part.name for part in fields(Order) if part.name != "id"]
)
_NEXT_NUMBER = Prepared(
    lambda dialect: (
        dialect.insert(order_numbers)
        .values(day=bindparam("day"), last=1)
        .on_conflict_do_update(index_elements=["day"], set_={"last": order_numbers.c.last + 1})
        .returning(order_numbers.c.last)
    )
)
_RECORD = Prepared(insert(order_events), ("order_id", "at", "actor", "status", "note"))
_EVENTS = Prepared(
    select(*(order_events.c[part.name] for part in fields(OrderEvent)))
    .where(order_events.c.order_id == bindparam("order"))
    .order_by(order_events.c.id)
)


class Orders:
    """The orders' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def open(
        self,
        *,
        request_key: str,
        kind: str,
        customer_id: int,
        conversation_id: int,
        fields: dict[str, Any],
        local_day: str,
        now: datetime,
        status: str = "created",
        priority: str = "normal",
        promised_at: datetime | None = None,
        actor: str = "bot",
        note: str = "",
    ) -> Order:
        """Open an order; the same `request_key` gives the same order again. `local_day` is YYYYMMDD."""
        known = self._tx.row(_BY_KEY, {"key": request_key})
        if known is not None:
            return Order(*known)
        values: dict[str, Any] = {
            "number": self._number(local_day),
            "request_key": request_key,
            "kind": kind,
            "status": status,
            "priority": priority,
            "customer_id": customer_id,
            "conversation_id": conversation_id,
            "fields": fields,
            "promised_at": promised_at,
            "created_at": now,
            "updated_at": now,
        }
        order_id = int(self._tx.value(_OPEN, values))
        self._record(order_id, now, actor, status, note)
        return Order(id=order_id, **values)

    def find(self, number: str) -> Order | None:
        """The order of that number, or None."""
        row = self._tx.row(_BY_NUMBER, {"number": number})
        return Order(*row) if row else None

    def of_customer(self, customer_id: int, limit: int = 5) -> list[Order]:
        """The customer's orders, newest first."""
        rows = self._tx.rows(_OF_CUSTOMER, {"customer": customer_id, "most": limit})
        return [Order(*row) for row in rows]

    def move(self, order: Order, status: str, actor: str, note: str, now: datetime) -> None:
        """Change an order's status and record who did it and why."""
        self._tx.execute(update(orders).where(orders.c.id == order.id).values(status=status, updated_at=now))
        self._record(order.id, now, actor, status, note)

    def add_note(self, order: Order, actor: str, note: str, now: datetime) -> None:
        """Record something said or done that changes no status."""
        self._tx.execute(update(orders).where(orders.c.id == order.id).values(updated_at=now))
        self._record(order.id, now, actor, order.status, note)

    def events(self, order_id: int) -> list[OrderEvent]:
        """What happened to the order, oldest first."""
        return [OrderEvent(*row) for row in self._tx.rows(_EVENTS, {"order": order_id})]

    def _number(self, local_day: str) -> str:
        last = self._tx.value(_NEXT_NUMBER, {"day": local_day})
        return f"SR-{local_day}{last:04d}"

    def _record(self, order_id: int, at: datetime, actor: str, status: str, note: str) -> None:
        values = {"order_id": order_id, "at": at, "actor": actor, "status": status, "note": note}
        self._tx.change(_RECORD, values)
