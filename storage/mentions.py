"""Whom notes call by name, and whether they have looked since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from storage.schema import mentions

if TYPE_CHECKING:
    from storage.transaction import Tx


class Mentions:
    """The mentions' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(self, note_id: int, conversation_id: int, user_ids: Iterable[int]) -> None:
        """The note calls them."""
        values = [
            {"note_id": note_id, "conversation_id": conversation_id, "user_id": one}
            for one in sorted(set(user_ids))
        ]
        if values:
            self._tx.execute(insert(mentions), values)

    def unread(self, user_id: int) -> dict[int, int]:
        """Conversations in which they were called and have not looked since, with the newest such note."""
        found = select(mentions.c.conversation_id, func.max(mentions.c.note_id)).where(
            mentions.c.user_id == user_id, mentions.c.read_at.is_(None)
        )
        rows = self._tx.execute(found.group_by(mentions.c.conversation_id))
        return {conversation_id: int(note) for conversation_id, note in map(tuple, rows)}

    def read(self, user_id: int, conversation_id: int, now: datetime) -> bool:
        """They look at the conversation; whether something there had called them."""
        mine = (mentions.c.user_id == user_id, mentions.c.conversation_id == conversation_id)
        done = update(mentions).where(*mine, mentions.c.read_at.is_(None)).values(read_at=now)
        return bool(self._tx.execute(done.returning(mentions.c.note_id)).all())
