"""Cursors: how far a platform's log of messages was read, of each account."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage.schema import cursors
from storage.statements import Prepared

if TYPE_CHECKING:
    from storage.transaction import Tx

_GET = Prepared(
    select(cursors.c.cursor).where(
        cursors.c.channel == bindparam("channel"), cursors.c.account == bindparam("account")
    )
)


def _move(dialect: Any) -> Any:
    insert = dialect.insert(cursors)
    moved = {name: insert.excluded[name] for name in ("cursor", "moved_at")}
    return insert.on_conflict_do_update(index_elements=["channel", "account"], set_=moved)


_MOVE = Prepared(_move, ("channel", "account", "cursor", "moved_at"))


class Cursors:
    """The cursors' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def get(self, channel: str, account: str) -> str | None:
        """Where to read on, None where nothing was read yet."""
        found: str | None = self._tx.value(_GET, {"channel": channel, "account": account})
        return found

    def move(self, channel: str, account: str, cursor: str, now: datetime) -> None:
        """Everything before this place is durable."""
        values = {"channel": channel, "account": account, "cursor": cursor, "moved_at": now}
        self._tx.change(_MOVE, values)
