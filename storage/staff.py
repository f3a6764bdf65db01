"""The people who work on orders, as the operator's file has them, and how much each has in hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, update

from storage.schema import orders, staff
from storage.statements import Prepared, values_of

if TYPE_CHECKING:
    from storage.transaction import Tx

DONE = ("resolved", "confirmed")
"""States of open orders that are no work any more."""
_LOCK = 7_305_001
"""Names the lock of dispatch on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Employee:
    """Somebody as the operator's file has them; `deputy` is a code."""

    code: str
    name: str
    role: str
    phone: str | None
    regions: list[str]
    skills: list[str]
    kinds: list[str]
    shift: str | None
    load_limit: int
    deputy: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff; empty regions and kinds are all of them."""

    id: int
    code: str
    name: str
    role: str
    phone: str | None
    regions: list[str]
    skills: list[str]
    kinds: list[str]
    shift: str | None
    load_limit: int
    deputy_id: int | None
    active: bool
    away_until: datetime | None
    given_at: datetime | None

    def there(self, now: datetime) -> bool:
        """Whether they work here and are not away."""
        return self.active and (self.away_until is None or self.away_until <= now)


_COLUMNS = [staff.c[part.name] for part in fields(Member)]
_ALL = Prepared(select(*_COLUMNS).order_by(staff.c.code))
_BY_CODE = Prepared(select(*_COLUMNS).where(staff.c.code == bindparam("wanted")))
_BY_ID = Prepared(select(*_COLUMNS).where(staff.c.id == bindparam("wanted")))
LOADS = Prepared(
    select(orders.c.assignee_id, func.count())
    .where(
        orders.c.closed_at.is_(None),
        orders.c.assignee_id.is_not(None),
        *(orders.c.status != state for state in DONE),
    )
    .group_by(orders.c.assignee_id)
)
_GIVEN = Prepared(update(staff).where(staff.c.id == bindparam("member")).values(given_at=bindparam("at")))
_AWAY = Prepared(
    update(staff)
    .where(staff.c.id == bindparam("member"))
    .values(away_until=bindparam("until"), updated_at=bindparam("at"))
)
_WRITTEN = ("name", "role", "phone", "regions", "skills", "kinds", "shift", "load_limit")
_PUT = Prepared(
    lambda dialect: (insert := dialect.insert(staff)).on_conflict_do_update(
        index_elements=["code"],
        set_={name: insert.excluded[name] for name in (*_WRITTEN, "active", "updated_at")},
    ),
    ("code", *_WRITTEN, "active", "created_at", "updated_at"),
)
_DEPUTY = Prepared(
    update(staff).where(staff.c.code == bindparam("who")).values(deputy_id=bindparam("deputy"))
)
_GONE = Prepared(
    update(staff)
    .where(staff.c.id == bindparam("member"))
    .values(active=False, deputy_id=None, updated_at=bindparam("at"))
)


class Staff:
    """The staff's repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def all(self) -> list[Member]:
        """Everybody, also who has left, by code."""
        return [Member(*row) for row in self._tx.rows(_ALL, {})]

    def find(self, code: str) -> Member | None:
        """Who has that code, or None."""
        row = self._tx.row(_BY_CODE, {"wanted": code})
        return Member(*row) if row else None

    def get(self, member_id: int) -> Member | None:
        """The member by id, or None."""
        row = self._tx.row(_BY_ID, {"wanted": member_id})
        return Member(*row) if row else None

    def lock(self) -> None:
        """Until the transaction ends nobody else gives orders to people: loads stay as they are counted."""
        if self._tx.row_locks:
            self._tx.command(f"SELECT pg_advisory_xact_lock({_LOCK})")

    def loads(self) -> dict[int, int]:
        """How many orders each has in hand; who has none is not in it."""
        return {int(member): int(count) for member, count in self._tx.rows(LOADS, {})}

    def given(self, member: Member, now: datetime) -> None:
        """They were given an order now."""
        self._tx.change(_GIVEN, {"member": member.id, "at": now})

    def away(self, member: Member, until: datetime | None, now: datetime) -> None:
        """They are away until then; None: they are back."""
        self._tx.change(_AWAY, {"member": member.id, "until": until, "at": now})

    def employ(self, people: Iterable[Employee], now: datetime) -> list[Member]:
        """Make the staff what the file says; who is not in it any more stays known, but inactive: these."""
        wanted = {one.code: one for one in people}
        for one in wanted.values():
            values: dict[str, Any] = values_of(one)
            values.pop("deputy")
            self._tx.change(_PUT, {**values, "active": True, "created_at": now, "updated_at": now})
        ids = {member.code: member.id for member in self.all()}
        for one in wanted.values():
            self._tx.change(_DEPUTY, {"who": one.code, "deputy": ids.get(one.deputy or "")})
        gone = [member for member in self.all() if member.active and member.code not in wanted]
        for member in gone:
            self._tx.change(_GONE, {"member": member.id, "at": now})
        return gone
