"""Reply windows: how long, and how many more times, a platform lets us write to a customer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, select, update

from storage.schema import reply_windows
from storage.statements import Prepared, among

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class ReplyWindow:
    """An open window: until when, and how many messages are left."""

    opened_at: datetime
    until: datetime
    left: int


_OF_CONVERSATION = reply_windows.c.conversation_id == bindparam("conversation")
_PARTS = [part.name for part in fields(ReplyWindow)]
_AMONG = Prepared(
    lambda dialect: select(
        reply_windows.c.conversation_id, *(reply_windows.c[name] for name in _PARTS)
    ).where(among(dialect, reply_windows.c.conversation_id, "ids"))
)
_PUT = Prepared(
    lambda dialect: (insert := dialect.insert(reply_windows)).on_conflict_do_update(
        index_elements=["conversation_id"], set_={name: insert.excluded[name] for name in _PARTS}
    ),
    ("conversation_id", *_PARTS),
)


def _opened(dialect: Any) -> Any:
    """An upsert under which the longer of two windows stays, with the larger quota."""
    insert = dialect.insert(reply_windows)
    old, new = reply_windows.c, insert.excluded
    longer = old.until > new.until
    stays = {name: case((longer, old[name]), else_=new[name]) for name in ("opened_at", "until")}
    left = case((longer & (old.left > new.left), old.left), else_=new.left)
    return insert.on_conflict_do_update(index_elements=["conversation_id"], set_={**stays, "left": left})


_OPEN = Prepared(_opened, ("conversation_id", *_PARTS))
_SPEND = Prepared(
    update(reply_windows)
    .where(
        _OF_CONVERSATION,
        reply_windows.c.until > bindparam("now"),
        reply_windows.c.left >= bindparam("spent"),
    )
    .values(left=reply_windows.c.left - bindparam("spent"))
)


class Windows:
    """The repository of reply windows, by conversation."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def get(self, conversation_id: int) -> ReplyWindow | None:
        """The conversation's window, open or not, or None."""
        return self.among([conversation_id]).get(conversation_id)

    def among(self, conversation_ids: Iterable[int]) -> dict[int, ReplyWindow]:
        """The windows of those conversations that have one, open or not."""
        rows = self._tx.rows(_AMONG, {"ids": list(conversation_ids)})
        return {row[0]: ReplyWindow(*row[1:]) for row in rows}

    def open(self, conversation_id: int, window: ReplyWindow) -> None:
        """Open a window; a longer one that is still open is only topped up, never cut short."""
        self._tx.change(_OPEN, _values(conversation_id, window))

    def put(self, conversation_id: int, window: ReplyWindow) -> None:
        """Open or correct the conversation's window."""
        self._tx.change(_PUT, _values(conversation_id, window))

    def spend(self, conversation_id: int, messages: int, now: datetime) -> bool:
        """Take `messages` from the quota; False, and nothing taken, when the window is closed or used up."""
        values = {"conversation": conversation_id, "now": now, "spent": messages}
        return self._tx.change(_SPEND, values) == 1


def _values(conversation_id: int, window: ReplyWindow) -> dict[str, Any]:
    return {"conversation_id": conversation_id, **{name: getattr(window, name) for name in _PARTS}}
