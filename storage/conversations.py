"""Conversations: one peer on one account of one channel, locked for the length of a turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import conversations

if TYPE_CHECKING:
    from storage.transaction import Tx

_PLACE = (
    (conversations.c.channel == bindparam("in_channel"))
    & (conversations.c.account == bindparam("in_account"))
    & (conversations.c.peer == bindparam("in_peer"))
)
_FIND = select(conversations).where(_PLACE)
_LOCK = _FIND.with_for_update()
_BY_ID = select(conversations).where(conversations.c.id == bindparam("wanted"))
_SAVE = (
    update(conversations)
    .where(conversations.c.id == bindparam("wanted"))
    .values({name: bindparam(name) for name in
             ("owner", "language", "state", "choices", "last_seq", "waiting_since", "unreachable_since",
              "updated_at")})
)  # fmt: skip


@dataclass(slots=True)
class Conversation:
    """A conversation under way in this transaction; changed in place, written by `save`."""

    id: int
    channel: str
    account: str
    peer: str
    customer_id: int
    owner: str
    language: str | None
    state: dict[str, Any]
    choices: dict[str, Any] | None
    last_seq: int
    waiting_since: datetime | None
    unreachable_since: datetime | None
    created_at: datetime
    updated_at: datetime

    def next_seq(self) -> int:
        """The number of the next message; numbers have no gaps because a turn rolls back whole."""
        self.last_seq += 1
        return self.last_seq


class Conversations:
    """The conversations' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def enter(self, channel: str, account: str, peer: str, now: datetime) -> Conversation:
        """The conversation, locked until the transaction ends; a new one with a new customer if needed."""
        place = {"in_channel": channel, "in_account": account, "in_peer": peer}
        find = _LOCK if self._tx.row_locks else _FIND
        row = self._tx.execute(find, place).one_or_none()
        if row is None:
            self._add(channel, account, peer, now)
            row = self._tx.execute(find, place).one()
        return Conversation(**row._mapping)

    def find(self, channel: str, account: str, peer: str) -> Conversation | None:
        """The conversation without locking it, or None."""
        place = {"in_channel": channel, "in_account": account, "in_peer": peer}
        row = self._tx.execute(_FIND, place).one_or_none()
        return Conversation(**row._mapping) if row else None

    def get(self, conversation_id: int, lock: bool = False) -> Conversation:
        """The conversation by id; raises NoResultFound when there is none."""
        statement = _BY_ID.with_for_update() if lock and self._tx.row_locks else _BY_ID
        return Conversation(**self._tx.execute(statement, {"wanted": conversation_id}).one()._mapping)

    def save(self, conversation: Conversation, now: datetime) -> None:
        """Write back what the turn changed."""
        conversation.updated_at = now
        self._tx.execute(
            _SAVE,
            {
                "wanted": conversation.id,
                "owner": conversation.owner,
                "language": conversation.language,
                "state": conversation.state,
                "choices": conversation.choices,
                "last_seq": conversation.last_seq,
                "waiting_since": conversation.waiting_since,
                "unreachable_since": conversation.unreachable_since,
                "updated_at": now,
            },
        )

    def _add(self, channel: str, account: str, peer: str, now: datetime) -> None:
        dialect = postgresql if self._tx.row_locks else sqlite
        statement = dialect.insert(conversations).on_conflict_do_nothing()
        self._tx.execute(
            statement,
            {
                "channel": channel,
                "account": account,
                "peer": peer,
                "customer_id": self._tx.customers.add(now),
                "owner": "bot",
                "state": {},
                "last_seq": 0,
                "created_at": now,
                "updated_at": now,
            },
        )
