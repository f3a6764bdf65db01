"""Notes among colleagues about a conversation, and which submissions of the console were taken.

Notes are in a table of their own: nothing that sends, replays or learns from messages sees them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import notes, submissions

if TYPE_CHECKING:
    from storage.conversations import Conversation
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Note:
    """One note; `seq` is the number of the last message before it."""

    id: int
    conversation_id: int
    user_id: int
    seq: int
    text: str
    at: datetime


_COLUMNS = [notes.c[part.name] for part in fields(Note)]


class Notes:
    """The notes' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(self, conversation: Conversation, user_id: int, text: str, now: datetime) -> int:
        """Keep a note and return its id."""
        values = {"conversation_id": conversation.id, "user_id": user_id, "seq": conversation.last_seq}
        added = insert(notes).values(**values, text=text, at=now).returning(notes.c.id)
        return int(self._tx.execute(added).scalar_one())

    def of(self, conversation_id: int) -> list[Note]:
        """The conversation's notes, oldest first."""
        found = select(*_COLUMNS).where(notes.c.conversation_id == conversation_id)
        return [Note(*tuple(row)) for row in self._tx.execute(found.order_by(notes.c.id))]

    def first(self, key: str, conversation_id: int, now: datetime) -> bool:
        """Whether this submission was not taken before; from now on it was."""
        dialect = postgresql if self._tx.row_locks else sqlite
        put = dialect.insert(submissions).values(key=key, conversation_id=conversation_id, at=now)
        taken = self._tx.execute(put.on_conflict_do_nothing().returning(submissions.c.key))
        return taken.one_or_none() is not None

    def taken(self, key: str) -> bool:
        """Whether this submission was taken before."""
        found = select(submissions.c.key).where(submissions.c.key == key)
        return self._tx.execute(found).first() is not None

    def forget_submissions(self, before: datetime) -> None:
        """Forget submissions that nobody repeats any more."""
        self._tx.execute(delete(submissions).where(submissions.c.at < before))
