"""Which users are at their desks."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import presence

if TYPE_CHECKING:
    from storage.transaction import Tx

STATES = ("online", "away", "offline")


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether somebody takes conversations; `seen_at` is when a page of theirs was last open."""

    user_id: int
    state: str
    since: datetime
    seen_at: datetime


_COLUMNS = [presence.c[part.name] for part in fields(Presence)]


class Presences:
    """The presences' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def put(self, user_id: int, state: str, now: datetime) -> None:
        """They are online, away or offline from now on."""
        dialect = postgresql if self._tx.row_locks else sqlite
        values = {"state": state, "since": now, "seen_at": now}
        put = dialect.insert(presence).values(user_id=user_id, **values)
        self._tx.execute(put.on_conflict_do_update(index_elements=["user_id"], set_=values))

    def seen(self, user_id: int, now: datetime) -> None:
        """A page of theirs is open."""
        self._tx.execute(update(presence).where(presence.c.user_id == user_id).values(seen_at=now))

    def of(self, user_id: int) -> str:
        """Their state."""
        found = select(presence.c.state).where(presence.c.user_id == user_id)
        return str(self._tx.execute(found).scalar_one_or_none() or "offline")

    def all(self) -> list[Presence]:
        """Everybody's, who ever was online."""
        return [Presence(*tuple(row)) for row in self._tx.execute(select(*_COLUMNS))]

    def online(self) -> set[int]:
        """Who takes conversations."""
        found = select(presence.c.user_id).where(presence.c.state == "online")
        return set(self._tx.execute(found).scalars())

    def vanished(self, before: datetime) -> list[int]:
        """Who is not offline, but has had no page open since then."""
        gone = select(presence.c.user_id).where(presence.c.state != "offline", presence.c.seen_at < before)
        return list(self._tx.execute(gone.order_by(presence.c.user_id)).scalars())
