"""All that is known of one customer: taken out whole, or erased; and files that are to go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Table, and_, delete, insert, or_, select, update

from storage.orders import MOVED
from storage.personal import TABLES, Personal, of_customer
from storage.schema import (
    attachments,
    conversations,
    customers,
    erasures,
    file_removals,
    metadata,
    orders,
    outbox,
    tasks,
    timers,
)

if TYPE_CHECKING:
    from storage.transaction import Tx

Rows = dict[str, list[dict[str, Any]]]
MEDIA = "media"
"""The folder of customers' files below the data folder."""
SHEETS = "sheets"
"""The folder of service sheets that were shown in a terminal, by order number."""
SOME = 500
"""Ids in one statement."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """The record of an erasure; it holds nothing of the person."""

    customer_id: int
    at: datetime
    actor: str
    reason: str
    forced: bool
    orders_kept: int
    orders_removed: int
    counts: dict[str, int]


_PARTS = [part.name for part in fields(Erasure)]


class Records:
    """The repository of what concerns a person as a whole."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def of_customer(self, customer_id: int) -> Rows:
        """Every row about the customer, by table, oldest first."""
        found: Rows = {}
        for one in TABLES:
            rows = self._tx.execute(
                select(one.table)
                .where(of_customer(one.table, customer_id))
                .order_by(*one.table.primary_key.columns)
            )
            found[str(one.table.name)] = [dict(row._mapping) for row in rows]
        return found

    def customers_of_phone(self, phone: str, limit: int) -> list[int]:
        """Customers who have this number, in an order too; E.164. Of joined ones, whom they are part of."""
        with_order = select(orders.c.customer_id).where(orders.c.contact_phone == phone)
        either = or_(customers.c.phone == phone, customers.c.id.in_(with_order))
        found = self._tx.execute(select(customers.c.id).where(either).order_by(customers.c.id).limit(limit))
        return sorted({self._tx.identities.root(int(row[0])) for row in found})

    def being_sent(self, customer_id: int) -> bool:
        """Whether a message to the customer is on its way just now."""
        sending = select(outbox.c.id).where(of_customer(outbox, customer_id), outbox.c.state == "sending")
        return self._tx.execute(sending.limit(1)).one_or_none() is not None

    def peers(self, customer_id: int) -> list[tuple[str, str, str]]:
        """Channel, account and address of the customer's conversations."""
        places = select(conversations.c.channel, conversations.c.account, conversations.c.peer)
        found = self._tx.execute(places.where(of_customer(conversations, customer_id)))
        return [tuple(row) for row in found]

    def blank(self, customer_id: int, now: datetime) -> dict[str, int]:
        """Take away what is known of the customer and keep the rows; how many were changed, by table.

        Their conversations and orders must be locked. Files are noted to be removed.
        """
        self.doom_files(of_customer(attachments, customer_id), now)
        self._doom_sheets(orders.c.customer_id == customer_id, now)
        self._settle(customer_id, now)
        counts = {str(one.table.name): self._blank(one, customer_id) for one in TABLES}
        self._tx.execute(
            update(customers)
            .where(of_customer(customers, customer_id))
            .values(erased_at=now, opted_out_at=now, updated_at=now)
        )
        return {name: count for name, count in sorted(counts.items()) if count}

    def _blank(self, one: Personal, customer_id: int) -> int:
        theirs = of_customer(one.table, customer_id)
        if one.dropped:
            return self._tx.execute(delete(one.table).where(theirs)).rowcount
        for column, names in one.thinned.items():
            self._thin(one.table, column, names, theirs)
        if not one.blank:
            return 0
        return self._tx.execute(update(one.table).where(theirs).values(dict(one.blank))).rowcount

    def _thin(self, table: Table, column: str, names: Sequence[str], theirs: ColumnElement[bool]) -> None:
        found = self._tx.execute(select(table.c.id, table.c[column]).where(theirs)).all()
        for row_id, document in map(tuple, found):
            kept = {name: document[name] for name in names if name in document}
            self._tx.execute(update(table).where(table.c.id == row_id).values({column: kept}))

    def _settle(self, customer_id: int, now: datetime) -> None:
        """Nothing more is sent, nothing more is to be done for them."""
        unsent = and_(of_customer(outbox, customer_id), outbox.c.state != "sent")
        self._tx.execute(update(outbox).where(unsent).values(state="erased"))
        theirs = conversations.c.customer_id == customer_id
        self._tx.execute(
            update(conversations)
            .where(theirs)
            .values(unreachable_since=now, waiting_since=None, parked_since=None, updated_at=now)
        )
        ended = select(orders.c.id).where(
            orders.c.customer_id == customer_id, orders.c.closed_at.is_not(None)
        )
        self._tx.execute(
            update(tasks)
            .where(
                of_customer(tasks, customer_id),
                tasks.c.done_at.is_(None),
                or_(tasks.c.order_id.is_(None), tasks.c.order_id.in_(ended)),
            )
            .values(done_at=now, done_by="erasure")
        )
        self._tx.execute(
            delete(timers).where(
                of_customer(timers, customer_id),
                timers.c.job != MOVED,  # the clock has still to close the promises of its order
                or_(timers.c.order_id.is_(None), timers.c.order_id.in_(ended)),
            )
        )

    def remove_orders(self, order_ids: Sequence[int], now: datetime) -> None:
        """Take orders away with everything that belongs to them; they must be locked, and have ended."""
        for start in range(0, len(order_ids), SOME):
            some = order_ids[start : start + SOME]
            self.doom_files(attachments.c.order_id.in_(some), now)
            self._doom_sheets(orders.c.id.in_(some), now)
            for table in reversed(metadata.sorted_tables):
                if "order_id" in table.c:
                    self._tx.execute(delete(table).where(table.c.order_id.in_(some)))
            self._tx.execute(delete(orders).where(orders.c.id.in_(some)))

    def doom_files(self, which: ColumnElement[bool], now: datetime) -> None:
        """Note the stored files of these attachments."""
        named = select(attachments.c.file).where(which, attachments.c.file.is_not(None))
        self.doom([f"{MEDIA}/{media_path(name)}" for (name,) in self._tx.execute(named)], now)

    def _doom_sheets(self, which: ColumnElement[bool], now: datetime) -> None:
        """Note what a terminal may have been shown of these orders."""
        numbers = self._tx.execute(select(orders.c.number).where(which))
        self.doom([f"{SHEETS}/{number}.png" for (number,) in numbers], now)

    def doom(self, paths: Sequence[str], now: datetime) -> None:
        """Note files below the data folder that are to be removed once this is committed."""
        if paths:
            self._tx.execute(insert(file_removals), [{"path": path, "created_at": now} for path in paths])

    def doomed(self, limit: int) -> list[tuple[int, str]]:
        """The first files that are to be removed: the note's id, and the path."""
        first = select(file_removals.c.id, file_removals.c.path).order_by(file_removals.c.id).limit(limit)
        return [tuple(row) for row in self._tx.execute(first.with_for_update(skip_locked=True))]

    def removed(self, ids: Sequence[int]) -> None:
        """Those files are gone."""
        self._tx.execute(delete(file_removals).where(file_removals.c.id.in_(ids)))

    def keep(self, erasure: Erasure) -> None:
        """Keep the record of an erasure."""
        values: Mapping[str, Any] = {name: getattr(erasure, name) for name in _PARTS}
        self._tx.execute(insert(erasures), values)

    def erasure_of(self, customer_id: int) -> Erasure | None:
        """The record of the customer's erasure, or None."""
        columns = [erasures.c[name] for name in _PARTS]
        found = select(*columns).where(erasures.c.customer_id == customer_id).order_by(erasures.c.id.desc())
        row = self._tx.execute(found.limit(1)).one_or_none()
        return Erasure(*tuple(row)) if row else None


def media_path(name: str) -> str:
    """Where a stored file lies below the media folder."""
    return f"{name[:2].lower()}/{name}"
