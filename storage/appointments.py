"""Appointments 预约: the times at which somebody visits the customers of orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, text, update

from storage.schema import appointments
from storage.statements import Prepared, among
from storage.timers import Timer

if TYPE_CHECKING:
    from storage.transaction import Tx

VISIT = "visit"
"""The timers' job that reminds of an appointment."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One visit agreed upon; `slot` is whose time it takes, `state` standing, moved, cancelled or kept."""

    id: int
    order_id: int
    starts_at: datetime
    ends_at: datetime
    slot: str
    state: str


_COLUMNS = [appointments.c[n] for n in ("id", "order_id", "starts_at", "ends_at", "slot", "state")]
_BOOKED = Prepared(
    select(appointments.c.starts_at, func.count())
    .where(
        appointments.c.state == "standing",
        appointments.c.starts_at >= bindparam("first"),
        appointments.c.slot.startswith(bindparam("owner")),
    )
    .group_by(appointments.c.starts_at)
)
_STANDING = Prepared(
    lambda dialect: (
        select(*_COLUMNS)
        .where(among(dialect, appointments.c.order_id, "orders"), appointments.c.state == "standing")
        .order_by(appointments.c.id)
    )
)
_BOOK = Prepared(
    lambda dialect: (
        dialect.insert(appointments)
        .on_conflict_do_nothing(index_elements=["slot"], index_where=text("state = 'standing'"))
        .returning(appointments.c.id)
    ),
    ("order_id", "starts_at", "ends_at", "slot", "state", "created_at"),
)
_END = Prepared(
    update(appointments).where(appointments.c.id == bindparam("appointment")).values(state=bindparam("ended"))
)


_LATEST = Prepared(
    lambda dialect: select(*_COLUMNS).where(
        appointments.c.id.in_(
            select(func.max(appointments.c.id))
            .where(among(dialect, appointments.c.order_id, "orders"))
            .group_by(appointments.c.order_id)
        )
    )
)


class Appointments:
    """The appointments' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def booked(self, owner: str, first: datetime) -> dict[datetime, int]:
        """Standing appointments in slots of that owner from that moment on, counted by their start."""
        rows = self._tx.rows(_BOOKED, {"owner": f"{owner}|", "first": first})
        return {starts_at: int(count) for starts_at, count in rows}

    def standing(self, order_id: int) -> Appointment | None:
        """The order's appointment that holds, or None."""
        return self.standing_among([order_id]).get(order_id)

    def latest(self, order_id: int) -> Appointment | None:
        """The order's newest appointment, whatever became of it, or None."""
        return self.latest_among([order_id]).get(order_id)

    def latest_among(self, order_ids: Iterable[int]) -> dict[int, Appointment]:
        """The newest appointments of those orders, whatever became of them, by order."""
        rows = (Appointment(*row) for row in self._tx.rows(_LATEST, {"orders": list(order_ids)}))
        return {row.order_id: row for row in rows}

    def standing_among(self, order_ids: Iterable[int]) -> dict[int, Appointment]:
        """The appointments of those orders that hold, by order."""
        rows = (Appointment(*row) for row in self._tx.rows(_STANDING, {"orders": list(order_ids)}))
        return {row.order_id: row for row in rows}

    def book(
        self, order_id: int, starts_at: datetime, ends_at: datetime, slots: Iterable[str], now: datetime
    ) -> Appointment | None:
        """An appointment in the first slot that nobody has, or None where all are taken."""
        for slot in slots:
            values = {
                "order_id": order_id, "starts_at": starts_at, "ends_at": ends_at,
                "slot": slot, "state": "standing", "created_at": now,
            }  # fmt: skip
            booked = self._tx.value(_BOOK, values)
            if booked is not None:
                key, what = f"{VISIT}:{booked}", {"appointment": int(booked)}
                self._tx.timers.set(Timer(key, VISIT, now, order_id, payload=what), now)
                return Appointment(int(booked), order_id, starts_at, ends_at, slot, "standing")
        return None

    def end(self, appointment: Appointment, state: str) -> None:
        """It holds no longer: moved, cancelled or kept; its slot is free again."""
        self._tx.change(_END, {"appointment": appointment.id, "ended": state})
