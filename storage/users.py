"""The people who work in the console."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from storage.schema import users

if TYPE_CHECKING:
    from storage.transaction import Tx

ROLES = ("agent", "expert", "supervisor", "admin")
"""From the fewest rights to all."""
RULING = ("supervisor", "admin")
"""Who may decide about conversations that others have."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in; `password` is their argon2 hash.

    `once`: they must choose another password first. `subject`: issuer#sub at the provider of single
    sign-on. `totp_last` is the step of the last one-time code taken, `recovery` are digests of recovery
    codes that were not used yet. `preferences`: what they chose, by name.
    """

    id: int
    name: str
    shown: str
    role: str
    password: str = field(repr=False)
    staff_id: int | None
    active: bool
    once: bool
    subject: str | None
    totp_secret: str | None = field(repr=False)
    totp_last: int | None
    recovery: list[str] = field(repr=False)
    preferences: dict[str, bool]
    created_at: datetime
    updated_at: datetime

    @property
    def rules(self) -> bool:
        """Whether they may decide about others' conversations."""
        return self.role in RULING


_COLUMNS = [users.c[part.name] for part in fields(User)]


class Users:
    """The users' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(
        self, name: str, shown: str, role: str, password: str, now: datetime, once: bool = False
    ) -> User | None:
        """Let somebody in; None where the name is taken. `once`: the password is to be changed first."""
        if self.named(name):
            return None
        values: dict[str, object] = {
            "name": name,
            "shown": shown,
            "role": role,
            "password": password,
            "active": True,
        }
        values |= {"once": once, "recovery": [], "preferences": {}}
        added = insert(users).values(**values, created_at=now, updated_at=now).returning(users.c.id)
        found = self.get(int(self._tx.execute(added).scalar_one()))
        assert found is not None
        return found

    def all(self) -> list[User]:
        """Everybody, also who may not sign in any more, by name."""
        return [User(*tuple(row)) for row in self._tx.execute(select(*_COLUMNS).order_by(users.c.name))]

    def get(self, user_id: int, lock: bool = False) -> User | None:
        """The user by id, or None."""
        found = select(*_COLUMNS).where(users.c.id == user_id)
        row = self._tx.execute(found.with_for_update() if lock else found).one_or_none()
        return User(*tuple(row)) if row else None

    def named(self, name: str) -> User | None:
        """The user of that name, or None."""
        row = self._tx.execute(select(*_COLUMNS).where(users.c.name == name)).one_or_none()
        return User(*tuple(row)) if row else None

    def of_subject(self, subject: str) -> User | None:
        """The user whom the provider of single sign-on knows by that, or None."""
        row = self._tx.execute(select(*_COLUMNS).where(users.c.subject == subject)).one_or_none()
        return User(*tuple(row)) if row else None

    def count(self) -> int:
        """How many there are."""
        return int(self._tx.execute(select(func.count()).select_from(users)).scalar_one())

    def change(self, user_id: int, now: datetime, **values: object) -> None:
        """Change what is kept of them."""
        self._tx.execute(update(users).where(users.c.id == user_id).values(**values, updated_at=now))
