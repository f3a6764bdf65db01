"""The web chat's view of what is stored."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from bot.channels.web.history import Line
from storage import Store, Tx
from storage.messages import Message
from storage.schema import conversations


class StoredHistory:
    """Reads the conversations of one web account from the store."""

    def __init__(self, store: Store, account: str, channel: str = "web") -> None:
        self._store = store
        self._account = account
        self._channel = channel

    async def after(self, peer: str, seq: int, limit: int) -> list[Line]:
        """The first `limit` lines with a higher number than `seq`, in order."""
        return await self._store.read(lambda tx: self._lines(tx, peer, after=seq, limit=limit))

    async def before(self, peer: str, seq: int | None, limit: int) -> list[Line]:
        """The last `limit` lines with a lower number than `seq` (None: the newest), in order."""
        return await self._store.read(
            lambda tx: self._lines(tx, peer, before=seq if seq is not None else 2**31 - 1, limit=limit)
        )

    async def newest(self, peers: Collection[str]) -> dict[str, int]:
        """The number of each visitor's last line."""
        statement = select(conversations.c.peer, conversations.c.last_seq).where(
            conversations.c.channel == self._channel,
            conversations.c.account == self._account,
            conversations.c.peer.in_(list(peers)),
        )
        return await self._store.read(lambda tx: {row.peer: row.last_seq for row in tx.execute(statement)})

    def _lines(
        self, tx: Tx, peer: str, *, after: int = 0, before: int | None = None, limit: int
    ) -> list[Line]:
        conversation = tx.conversations.find(self._channel, self._account, peer)
        if conversation is None:
            return []
        said = tx.messages.of_conversation(conversation.id, after, before, limit)
        held = tx.outbox.held_from(conversation.id)  # an agent may still take it back; order is kept
        return [_line(m) for m in said if not m.withdrawn and (held is None or m.seq < held)]


def _line(message: Message) -> Line:
    return Line(message.seq, message.author, message.body, message.created_at, message.external_id)
