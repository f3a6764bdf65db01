"""Reply windows: how long, and how many more times, a platform lets us write to a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import reply_windows

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """An open window: until when, and how many messages are left."""

    opened_at: datetime
    until: datetime
    left: int


class Windows:
    """The repository of reply windows, by conversation."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def get(self, conversation_id: int) -> ReplyWindow | None:
        """The conversation's window, open or not, or None."""
        row = self._tx.execute(
            select(reply_windows.c.opened_at, reply_windows.c.until, reply_windows.c.left).where(
                reply_windows.c.conversation_id == conversation_id
            )
        ).one_or_none()
        return ReplyWindow(*row) if row else None

    def open(self, conversation_id: int, window: ReplyWindow, now: datetime) -> None:
        """Open a window; a longer one that is still open is only topped up, never cut short."""
        known = self.get(conversation_id)
        if known is not None and known.until > window.until:
            window = ReplyWindow(known.opened_at, known.until, max(known.left, window.left))
        self.put(conversation_id, window)

    def put(self, conversation_id: int, window: ReplyWindow) -> None:
        """Open or correct the conversation's window."""
        dialect = postgresql if self._tx.row_locks else sqlite
        values = {"opened_at": window.opened_at, "until": window.until, "left": window.left}
        statement = dialect.insert(reply_windows).values(conversation_id=conversation_id, **values)
        self._tx.execute(statement.on_conflict_do_update(index_elements=["conversation_id"], set_=values))

    def spend(self, conversation_id: int, messages: int, now: datetime) -> bool:
        """Take `messages` from the quota; False, and nothing taken, when the window is closed or used up."""
        statement = (
            update(reply_windows)
            .where(
                reply_windows.c.conversation_id == conversation_id,
                reply_windows.c.until > now,
                reply_windows.c.left >= messages,
            )
            .values(left=reply_windows.c.left - messages)
        )
        return self._tx.execute(statement).rowcount == 1
