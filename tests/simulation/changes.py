"""What people change beside orders: who is whom (A3), and who of the staff is there (E4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from handlers.dispatch import staffing
from handlers.identities import joining
from storage import Tx
from storage.schema import customers
from storage.staff import Employee

AWAY = timedelta(seconds=25)


def _employee(code: str, role: str, deputy: str | None = None) -> Employee:
    return Employee(code, code, role, None, [], [], [], None, 3, deputy)


STAFF = (
    _employee("E01", "engineer", "E02"),
    _employee("E02", "engineer", "E01"),
    _employee("S01", "supervisor"),
)


def join(tx: Tx, pick: int, now: datetime) -> None:
    """Two customers turn out to be one."""
    known = list(tx.execute(select(customers.c.id).order_by(customers.c.id)).scalars())
    if len(known) > 1:
        one, other = known[pick % len(known)], known[(pick // 7 + 1) % len(known)]
        joining.join(tx, one, other, "staff", "S01", "the same person", now)


def part(tx: Tx, pick: int, now: datetime) -> None:
    """They were two after all."""
    known = list(tx.execute(select(customers.c.id).order_by(customers.c.id)).scalars())
    standing = tx.identities.standing(tx.identities.root(known[pick % len(known)])) if known else []
    if standing:
        joining.undo(tx, standing[pick % len(standing)], "S01", "two persons", now)


def employ(tx: Tx, pick: int, now: datetime) -> None:
    """People begin to work here; sometimes one of them is not there any more the next time."""
    staffing.employ(tx, STAFF if pick % 3 else STAFF[1:], now)


def leave(tx: Tx, pick: int, now: datetime) -> None:
    """Somebody is away for a while."""
    members = [one for one in tx.staff.all() if one.active]
    if members:
        staffing.leave(tx, members[pick % len(members)], now + AWAY, now)


def come_back(tx: Tx, pick: int, now: datetime) -> None:
    """Somebody is there again before their time."""
    members = [one for one in tx.staff.all() if one.active]
    if members:
        staffing.come_back(tx, members[pick % len(members)], now)


CHANGES: Mapping[str, Callable[[Tx, int, datetime], None]] = {
    "join": join, "part": part, "employ": employ, "leave": leave, "come_back": come_back,
}  # fmt: skip
