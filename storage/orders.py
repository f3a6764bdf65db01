"""Service orders 服务单: numbers, fields and what happened to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import NoResultFound

from storage.schema import order_events, order_numbers, orders
from storage.statements import Prepared, among, values_of
from storage.timers import Timer
from storage.types import Instant

if TYPE_CHECKING:
    from storage.transaction import Tx

MOVED = "moved"
"""The timers' job that follows what was done with an order."""


@dataclass(frozen=True, slots=True)
class Order:
    """One service order; `fields` holds what its kind collects, `version` counts its changes."""

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
    version: int = 1
    round: int = 1
    escalation: int = 0
    region: str | None = None
    customer_level: str = "normal"
    assignee_id: int | None = None
    device_id: int | None = None
    closed_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether there is still something to do: no final state of the table of moves was reached."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One thing that happened to an order: when, by whom, the status after it, why.

    `actor` is the kind of who did it, `actor_id` who exactly, `via` the program that acted for them; a mere
    note has no `move`.
    """

    at: datetime
    actor: str
    status: str
    note: str
    actor_id: str | None = None
    move: str | None = None
    from_status: str | None = None
    version: int = 1
    via: str | None = None


_COLUMNS = [orders.c[part.name] for part in fields(Order)]
_BY_KEY = Prepared(select(*_COLUMNS).where(orders.c.request_key == bindparam("key")))
_BY_NUMBER = Prepared(select(*_COLUMNS).where(orders.c.number == bindparam("number")))
_NEWEST_FIRST = (orders.c.created_at.desc(), orders.c.id.desc())
_OF_CUSTOMER = Prepared(
    select(*_COLUMNS)
    .where(orders.c.customer_id == bindparam("customer"))
    .order_by(*_NEWEST_FIRST)
    .limit(bindparam("most"))
)


def _of_customers(dialect: Any) -> Any:
    place = func.row_number().over(partition_by=orders.c.customer_id, order_by=_NEWEST_FIRST).label("place")
    theirs = among(dialect, orders.c.customer_id, "customers")
    placed = select(orders.c.id, place).where(theirs).subquery()
    newest = select(placed.c.id).where(placed.c.place <= bindparam("most"))
    return select(*_COLUMNS).where(orders.c.id.in_(newest))


_OF_CUSTOMERS = Prepared(_of_customers)
_REPAIRED = Prepared(
    select(*_COLUMNS)
    .where(
        orders.c.customer_id == bindparam("customer"),
        orders.c.kind == "fault",
        orders.c.id.in_(
            select(order_events.c.order_id).where(
                order_events.c.move == "resolve", order_events.c.order_id == orders.c.id
            )
        ),
    )
    .order_by(orders.c.created_at.desc())
    .limit(50)
)
_BY_ID = select(*_COLUMNS).where(orders.c.id == bindparam("order"))
_GET, _GET_LOCKED = Prepared(_BY_ID), Prepared(_BY_ID.with_for_update())
_AMONG = Prepared(lambda dialect: select(*_COLUMNS).where(among(dialect, orders.c.id, "ids")))
_SEARCHED = {
    "contact_name": ("name", 200),
    "contact_phone": ("phone", 32),
    "serial_number": ("serial_number", 64),
}
"""Columns that repeat a field to be searched by, and how long they may be."""
_OPEN = Prepared(
    insert(orders).returning(orders.c.id),
    [*(part.name for part in fields(Order) if part.name != "id"), *_SEARCHED],
)
_NEXT_NUMBER = Prepared(
    lambda dialect: (
        dialect.insert(order_numbers)
        .values(day=bindparam("day"), last=1)
        .on_conflict_do_update(index_elements=["day"], set_={"last": order_numbers.c.last + 1})
        .returning(order_numbers.c.last)
    )
)
_RECORD = Prepared(insert(order_events), ("order_id", *(part.name for part in fields(OrderEvent))))
_TOUCH = Prepared(
    update(orders).where(orders.c.id == bindparam("order")).values(updated_at=bindparam("updated_at"))
)
_EVENTS = Prepared(
    select(*(order_events.c[part.name] for part in fields(OrderEvent)))
    .where(order_events.c.order_id == bindparam("order"))
    .order_by(order_events.c.id)
)
_LAST_HEARD = Prepared(
    lambda dialect: (
        select(order_events.c.order_id, func.max(order_events.c.at, type_=Instant))
        .where(
            among(dialect, order_events.c.order_id, "ids"),
            among(dialect, order_events.c.move, "telling")
            | ((order_events.c.actor == "customer") & order_events.c.move.is_not(None)),
        )
        .group_by(order_events.c.order_id)
    )
)


@cache
def _change(columns: tuple[str, ...]) -> Prepared:
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return Prepared(update(orders).where(orders.c.id == bindparam("order")).values(values))


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
        actor_id: str | None = None,
        note: str = "",
        move: str = "open",
        closed_at: datetime | None = None,
        region: str | None = None,
        customer_level: str = "normal",
        device_id: int | None = None,
    ) -> Order:
        """Open an order; the same `request_key` gives the same order again. `local_day` is YYYYMMDD."""
        known = self.of_request(request_key)
        if known is not None:
            return known
        order = Order(
            id=0,
            number=self._number(local_day),
            request_key=request_key,
            kind=kind,
            status=status,
            priority=priority,
            customer_id=customer_id,
            conversation_id=conversation_id,
            fields=fields,
            promised_at=promised_at,
            created_at=now,
            updated_at=now,
            region=region,
            customer_level=customer_level,
            device_id=device_id,
            closed_at=closed_at,
        )
        order_id = int(self._tx.value(_OPEN, {**values_of(order), "fields": fields, **_searched(fields)}))
        self.record(order_id, OrderEvent(now, actor, status, note, actor_id, move))
        return replace(order, id=order_id)

    def find(self, number: str) -> Order | None:
        """The order of that number, or None."""
        row = self._tx.row(_BY_NUMBER, {"number": number})
        return Order(*row) if row else None

    def of_request(self, request_key: str) -> Order | None:
        """The order that this request opened, or None."""
        row = self._tx.row(_BY_KEY, {"key": request_key})
        return Order(*row) if row else None

    def of_customer(self, customer_id: int, limit: int = 5) -> list[Order]:
        """The customer's orders, newest first."""
        rows = self._tx.rows(_OF_CUSTOMER, {"customer": customer_id, "most": limit})
        return [Order(*row) for row in rows]

    def of_customers(self, customer_ids: Iterable[int], limit: int) -> list[Order]:
        """The newest orders of each of the customers, so many at most."""
        values = {"customers": list(customer_ids), "most": limit}
        return [Order(*row) for row in self._tx.rows(_OF_CUSTOMERS, values)]

    def numbers_of(self, customer_id: int) -> list[str]:
        """The numbers of all the customer's orders, oldest first."""
        found = select(orders.c.number).where(orders.c.customer_id == customer_id)
        return [str(row[0]) for row in self._tx.execute(found.order_by(orders.c.id))]

    def repaired(self, customer_id: int) -> list[Order]:
        """The customer's fault orders that were carried out, newest first."""
        return [Order(*row) for row in self._tx.rows(_REPAIRED, {"customer": customer_id})]

    def get(self, order_id: int, lock: bool = False) -> Order:
        """The order by id, locked until the transaction ends if wanted; raises NoResultFound."""
        row = self._tx.row(_GET_LOCKED if lock else _GET, {"order": order_id})
        if row is None:
            raise NoResultFound(f"no order {order_id}")
        return Order(*row)

    def among(self, order_ids: Iterable[int]) -> dict[int, Order]:
        """Those orders by their ids; not locked."""
        return {row[0]: Order(*row) for row in self._tx.rows(_AMONG, {"ids": list(order_ids)})}

    def change(self, order: Order, now: datetime, **changes: Any) -> Order:
        """Write changed columns of a locked order and count the change.

        A status is changed through the table of moves only (`handlers.life`).
        """
        values = {**changes, "version": order.version + 1, "updated_at": now}
        if "fields" in changes:
            values.update(_searched(changes["fields"]))
        self._tx.change(_change(tuple(values)), {"order": order.id, **values})
        return replace(order, **{name: value for name, value in values.items() if name not in _SEARCHED})

    def promise(self, order: Order, promised_at: datetime, now: datetime) -> Order:
        """Note until when the customer is told to hear from us now; of a locked order."""
        return self.change(order, now, promised_at=promised_at)

    def add_details(
        self, order: Order, now: datetime, details: Mapping[str, Any], priority: str | None = None
    ) -> Order:
        """Note more of what a locked order is about, and how urgent it is."""
        raised = {"priority": priority} if priority else {}
        return self.change(order, now, fields={**order.fields, **details}, **raised)

    def add_note(
        self, order: Order, actor: str, note: str, now: datetime, actor_id: str | None = None
    ) -> None:
        """Record something said or done that changes nothing of the order itself."""
        self._tx.change(_TOUCH, {"order": order.id, "updated_at": now})
        event = OrderEvent(now, actor, order.status, note, actor_id, None, order.status, order.version)
        self.record(order.id, event)

    def events(self, order_id: int) -> list[OrderEvent]:
        """What happened to the order, oldest first."""
        return [OrderEvent(*row) for row in self._tx.rows(_EVENTS, {"order": order_id})]

    def last_heard(self, order_ids: Iterable[int], telling: Iterable[str]) -> dict[int, datetime]:
        """When each order's customer last made a move or heard of one of those moves."""
        values = {"ids": list(order_ids), "telling": list(telling)}
        return dict(self._tx.rows(_LAST_HEARD, values))

    def _number(self, local_day: str) -> str:
        last = self._tx.value(_NEXT_NUMBER, {"day": local_day})
        return f"SR-{local_day}{last:04d}"

    def record(self, order_id: int, event: OrderEvent) -> None:
        """Add to the order's history; every move leaves a timer, so that the clock can follow it."""
        self._tx.change(_RECORD, {"order_id": order_id, **values_of(event)})
        if event.move is not None:
            # What leaves the order as it is, a second quotation for example, counts no version.
            key = f"{MOVED}:{order_id}:{event.version}:{event.move}:{event.at:%H%M%S.%f}"
            told = {
                "move": event.move,
                "status": event.status,
                "version": event.version,
                "at": event.at.isoformat(),
            }
            self._tx.timers.set(Timer(key, MOVED, event.at, order_id, payload=told), event.at)


def _searched(order_fields: dict[str, Any]) -> dict[str, str | None]:
    """The columns an order is found by."""
    return {
        column: str(value)[:length] if (value := order_fields.get(name)) and value != "-" else None
        for column, (name, length) in _SEARCHED.items()
    }
