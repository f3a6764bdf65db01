"""Who looks at a conversation just now, and who writes in it: forgotten within a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import signs

if TYPE_CHECKING:
    from storage.transaction import Tx

CUSTOMER = "customer"
SEEN_FOR = timedelta(seconds=40)
"""An open page says so more often than this."""
WRITES_FOR = timedelta(seconds=10)
"""Whoever types says so more often than this."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Somebody who is there; `user_id` None: the customer."""

    user_id: int | None
    writes: bool


class Signs:
    """The signs' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def show(self, conversation_id: int, who: str, writes: bool, now: datetime) -> bool:
        """They are there, and write or not; whether that is news to others who look at it."""
        before = self._find(conversation_id, who)
        there = before is not None and before[0] > now - SEEN_FOR
        wrote = before is not None and before[1] is not None and before[1] > now - WRITES_FOR
        dialect = postgresql if self._tx.row_locks else sqlite
        values = {"seen_at": now, "writes_at": now if writes else None}
        put = dialect.insert(signs).values(conversation_id=conversation_id, who=who, **values)
        self._tx.execute(put.on_conflict_do_update(index_elements=["conversation_id", "who"], set_=values))
        return (not there or wrote != writes) and bool(self.others(conversation_id, who, now))

    def leave(self, conversation_id: int, who: str, now: datetime) -> bool:
        """They are there no more; whether that is news to others."""
        mine = (signs.c.conversation_id == conversation_id, signs.c.who == who)
        gone = self._tx.execute(delete(signs).where(*mine)).rowcount
        return bool(gone) and bool(self.others(conversation_id, who, now))

    def others(self, conversation_id: int, who: str, now: datetime) -> list[Sign]:
        """Everybody else who is there now."""
        there = (signs.c.conversation_id == conversation_id, signs.c.who != who)
        found = select(signs.c.who, signs.c.writes_at).where(*there, signs.c.seen_at > now - SEEN_FOR)
        rows = self._tx.execute(found.order_by(signs.c.who))
        return [
            Sign(None if one == CUSTOMER else int(one), at is not None and at > now - WRITES_FOR)
            for one, at in map(tuple, rows)
        ]

    def forget(self, before: datetime) -> None:
        """Forget who was there before that moment."""
        self._tx.execute(delete(signs).where(signs.c.seen_at < before))

    def _find(self, conversation_id: int, who: str) -> tuple[datetime, datetime | None] | None:
        mine = (signs.c.conversation_id == conversation_id, signs.c.who == who)
        row = self._tx.execute(select(signs.c.seen_at, signs.c.writes_at).where(*mine)).one_or_none()
        return (row.seen_at, row.writes_at) if row else None
