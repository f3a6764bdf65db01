"""Customers who turned out to be one person: joined, and parted again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Table, and_, exists, func, insert, not_, or_, select, update

from storage.personal import joined
from storage.schema import (
    conversations,
    customer_joins,
    customers,
    devices,
    notices,
    orders,
    return_visits,
    tasks,
    timers,
)
from storage.statements import values_of

if TYPE_CHECKING:
    from storage.transaction import Tx

FOLLOWING = (notices, return_visits, tasks, timers)
"""Rows about a customer that follow an order or a conversation, where they have one."""
LISTED = (devices, *FOLLOWING)
"""Tables of which a join notes which rows it moved."""


@dataclass(frozen=True, slots=True)
class Join:
    """That two customers were found to be one: `joined_id` became part of `kept_id`.

    `moved` names rows by table, `changed` what became of details of the one kept: [before, after].
    """

    kept_id: int
    joined_id: int
    how: str
    actor: str
    reason: str
    at: datetime
    moved: dict[str, list[int]] = field(default_factory=dict)
    changed: dict[str, list[Any]] = field(default_factory=dict)
    undone_at: datetime | None = None
    undone_by: str | None = None
    undone_reason: str | None = None
    id: int = 0


_SELECTED = select(*(customer_joins.c[part.name] for part in fields(Join)))
_STANDING = customer_joins.c.undone_at.is_(None)


class Identities:
    """The repository of who is whom."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def root(self, customer_id: int) -> int:
        """The customer that this one is now: itself, or the one it was joined to."""
        while True:
            found = self._tx.execute(select(customers.c.joined_into).where(customers.c.id == customer_id))
            above = found.scalar_one_or_none()
            if above is None:
                return customer_id
            customer_id = above

    def everyone(self, customer_id: int) -> list[int]:
        """The customer and all who turned out to be the same person."""
        return sorted(int(row[0]) for row in self._tx.execute(joined(customer_id)))

    def verified(self, phone: str, since: datetime) -> list[int]:
        """Customers whose number it is by the word of a channel, given since then."""
        found = select(customers.c.id).where(
            customers.c.verified_phone == phone,
            customers.c.phone_verified_at > since,
            customers.c.joined_into.is_(None),
            customers.c.erased_at.is_(None),
        )
        return [int(row[0]) for row in self._tx.execute(found.order_by(customers.c.id))]

    def join(self, join: Join, changes: Mapping[str, Any]) -> Join:
        """Make one customer part of the other: their rows move, `changes` are the details of the one kept.

        Both must be locked, with their conversations.
        """
        kept, part = join.kept_id, join.joined_id
        theirs = conversations.c.customer_id == part
        own = func.coalesce(conversations.c.own_customer_id, part)
        self._tx.execute(update(conversations).where(theirs).values(customer_id=kept, own_customer_id=own))
        self._tx.execute(update(orders).where(orders.c.customer_id == part).values(customer_id=kept))
        moved = {str(table.name): self._moved(table, table.c.customer_id == part, kept) for table in LISTED}
        row = {**values_of(join), "moved": {name: ids for name, ids in moved.items() if ids}}
        del row["id"]
        added = self._tx.execute(insert(customer_joins).returning(customer_joins.c.id), row)
        self._set(part, {"joined_into": kept, "updated_at": join.at})
        self._set(kept, {**changes, "updated_at": join.at})
        return Join(**{**row, "id": int(added.scalar_one())})

    def part(
        self,
        join: Join,
        kept: Mapping[str, Any],
        parted: Mapping[str, Any],
        by: str,
        reason: str,
        now: datetime,
    ) -> None:
        """Undo a join: what belongs to the parted customer's conversations goes with them, newer things too.

        `kept` and `parted` are details of both from now on. Both must be locked, with their conversations.
        """
        here, part = self.root(join.kept_id), join.joined_id
        self._set(part, {**parted, "joined_into": None, "updated_at": now})
        self._set(here, {**kept, "updated_at": now})
        rooms = and_(conversations.c.own_customer_id.in_(joined(part)), conversations.c.customer_id == here)
        self._tx.execute(update(conversations).where(rooms).values(customer_id=part))
        with_them = select(conversations.c.id).where(conversations.c.customer_id == part)
        followed = and_(orders.c.customer_id == here, orders.c.conversation_id.in_(with_them))
        self._tx.execute(update(orders).where(followed).values(customer_id=part))
        their_orders = select(orders.c.id).where(orders.c.customer_id == part)
        listed = self._listed(join)
        for table in FOLLOWING:
            by_order = and_(table.c.order_id.is_not(None), table.c.order_id.in_(their_orders))
            ways = [
                by_order,
                and_(table.c.order_id.is_(None), table.c.id.in_(listed.get(str(table.name), []))),
            ]
            if "conversation_id" in table.c:
                ways.append(and_(table.c.order_id.is_(None), table.c.conversation_id.in_(with_them)))
            self._moved(table, and_(table.c.customer_id == here, or_(*ways)), part)
        self._moved(
            devices, and_(devices.c.customer_id == here, self._their_devices(part, here, listed)), part
        )
        self._tx.execute(
            update(customer_joins)
            .where(customer_joins.c.id == join.id)
            .values(undone_at=now, undone_by=by, undone_reason=reason)
        )

    def find(self, join_id: int) -> Join | None:
        """The join of that id, or None."""
        row = self._tx.execute(_SELECTED.where(customer_joins.c.id == join_id)).one_or_none()
        return Join(*tuple(row)) if row else None

    def standing(self, customer_id: int) -> list[Join]:
        """Joins that hold among the customer and all who are part of them, oldest first."""
        ids = joined(customer_id)
        found = _SELECTED.where(_STANDING, customer_joins.c.kept_id.in_(ids)).order_by(customer_joins.c.id)
        return [Join(*tuple(row)) for row in self._tx.execute(found)]

    def history(self, customer_id: int) -> list[Join]:
        """Every join that the customer, or who is part of them, ever had a part in, oldest first."""
        ids = joined(customer_id)
        either = or_(customer_joins.c.kept_id.in_(ids), customer_joins.c.joined_id.in_(ids))
        found = self._tx.execute(_SELECTED.where(either).order_by(customer_joins.c.id))
        return [Join(*tuple(row)) for row in found]

    def own(self, conversation_id: int) -> int:
        """The customer that the conversation began with."""
        own = func.coalesce(conversations.c.own_customer_id, conversations.c.customer_id)
        return int(self._tx.execute(select(own).where(conversations.c.id == conversation_id)).scalar_one())

    def vouch(self, customer_id: int, phone: str, now: datetime) -> None:
        """A channel vouches for the customer's number, E.164."""
        self._set(customer_id, {"verified_phone": phone, "phone_verified_at": now, "updated_at": now})

    def _set(self, customer_id: int, values: Mapping[str, Any]) -> None:
        self._tx.execute(update(customers).where(customers.c.id == customer_id).values(**values))

    def _moved(self, table: Table, which: ColumnElement[bool], to: int) -> list[int]:
        statement = update(table).where(which).values(customer_id=to).returning(table.c.id)
        return sorted(int(row[0]) for row in self._tx.execute(statement))

    def _listed(self, join: Join) -> dict[str, list[int]]:
        """What the join moved, without what others that still hold moved after it was undone."""
        others = [one for one in self.standing(self.root(join.kept_id)) if one.id != join.id]
        elsewhere = {name: {i for one in others for i in one.moved.get(name, [])} for name in join.moved}
        return {name: [i for i in ids if i not in elsewhere[name]] for name, ids in join.moved.items()}

    def _their_devices(
        self, part: int, here: int, listed: Mapping[str, Sequence[int]]
    ) -> ColumnElement[bool]:
        """Those that were theirs, and those of which only they spoke since."""
        used = exists().where(orders.c.device_id == devices.c.id, orders.c.customer_id == part)
        shared = exists().where(orders.c.device_id == devices.c.id, orders.c.customer_id == here)
        return or_(devices.c.id.in_(listed.get("devices", [])), and_(used, not_(shared)))
