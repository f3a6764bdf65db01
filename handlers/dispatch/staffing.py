"""Changes of the staff, and what becomes of orders by them (E4, G4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from handlers.life import life
from handlers.life.moving import UNHELD
from storage.staff import Employee, Member

if TYPE_CHECKING:
    from storage import Tx


def employ(tx: Tx, people: Iterable[Employee], now: datetime) -> list[Member]:
    """Make the staff what the file says; orders of those who left go to others, those that wait are given."""
    gone = tx.staff.employ(people, now)
    for member in gone:
        _hand_on(tx, member, None, now)
    _call_waiting(tx, now)
    return gone


def leave(tx: Tx, member: Member, until: datetime, now: datetime) -> int:
    """They are away until then; how many of their orders go to others, all but what can wait for them."""
    tx.staff.away(member, until, now)
    return _hand_on(tx, member, until, now)


def come_back(tx: Tx, member: Member, now: datetime) -> None:
    """They are there again, and may get what waits."""
    tx.staff.away(member, None, now)
    _call_waiting(tx, now)


def _hand_on(tx: Tx, member: Member, until: datetime | None, now: datetime) -> int:
    """Have the clock give their orders to others; a visit agreed for after their return stays theirs."""
    movable, called = life().moves["redispatch"].sources, 0
    for order in tx.dispatches.in_hands_of(member.id):
        visit = tx.appointments.standing(order.id)
        waits = until is not None and visit is not None and visit.starts_at >= until
        if order.status in movable and not (waits and order.status != "dispatched"):
            tx.dispatches.call(order, "away", now)
            called += 1
    return called


def _call_waiting(tx: Tx, now: datetime) -> None:
    for order in tx.dispatches.waiting(UNHELD):
        tx.dispatches.call(order, "opened", now)
