"""Messages: everything said in a conversation, numbered without gaps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import messages

if TYPE_CHECKING:
    from storage.conversations import Conversation
    from storage.transaction import Tx

_BY_EXTERNAL = select(messages).where(
    (messages.c.channel == bindparam("in_channel"))
    & (messages.c.account == bindparam("in_account"))
    & (messages.c.external_id == bindparam("in_external_id"))
)
_BY_SEQ = select(messages).where(
    (messages.c.conversation_id == bindparam("in_conversation")) & (messages.c.seq == bindparam("in_seq"))
)
_INSERT = insert(messages).returning(messages.c.id)


def _keep_first(dialect: Any) -> Any:
    same = {
        "index_elements": ["channel", "account", "external_id"],
        "index_where": text("external_id IS NOT NULL"),
    }
    return dialect.insert(messages).on_conflict_do_nothing(**same).returning(messages.c.id)


_INBOUND = {"sqlite": _keep_first(sqlite), "postgresql": _keep_first(postgresql)}


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `body` is the reply's or the inbound's stored form."""

    id: int
    conversation_id: int
    seq: int
    author: str
    channel: str
    account: str
    external_id: str | None
    answers: int | None
    body: dict[str, Any]
    sent_at: datetime
    created_at: datetime


class Messages:
    """The messages' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def take(
        self,
        conversation: Conversation,
        external_id: str,
        body: dict[str, Any],
        sent_at: datetime,
        now: datetime,
    ) -> int | None:
        """Remember what came in and return its id; None when it has been taken before."""
        statement = _INBOUND["postgresql" if self._tx.row_locks else "sqlite"]
        values = {
            "conversation_id": conversation.id,
            "seq": conversation.last_seq + 1,
            "author": "customer",
            "channel": conversation.channel,
            "account": conversation.account,
            "external_id": external_id,
            "body": body,
            "sent_at": sent_at,
            "created_at": now,
        }
        message_id = self._tx.execute(statement, values).scalar_one_or_none()
        if message_id is not None:
            conversation.next_seq()
        return message_id

    def say(
        self,
        conversation: Conversation,
        body: dict[str, Any],
        now: datetime,
        answers: int | None = None,
        author: str = "bot",
    ) -> tuple[int, int]:
        """Remember what is said to the customer; returns its id and number."""
        seq = conversation.next_seq()
        values = {
            "conversation_id": conversation.id,
            "seq": seq,
            "author": author,
            "channel": conversation.channel,
            "account": conversation.account,
            "answers": answers,
            "body": body,
            "sent_at": now,
            "created_at": now,
        }
        return self._tx.execute(_INSERT, values).scalar_one(), seq

    def taken_before(self, channel: str, account: str, external_id: str) -> Message | None:
        """The message that came in under this id, or None."""
        values = {"in_channel": channel, "in_account": account, "in_external_id": external_id}
        row = self._tx.execute(_BY_EXTERNAL, values).one_or_none()
        return Message(**row._mapping) if row else None

    def by_seq(self, conversation_id: int, seq: int) -> Message | None:
        """The message of that number, or None."""
        row = self._tx.execute(
            _BY_SEQ, {"in_conversation": conversation_id, "in_seq": seq}
        ).one_or_none()
        return Message(**row._mapping) if row else None

    def of_conversation(
        self, conversation_id: int, after: int = 0, before: int | None = None, limit: int = 50
    ) -> list[Message]:
        """Messages in order: the first ones after `after`, or the last ones before `before`."""
        statement = select(messages).where(
            messages.c.conversation_id == conversation_id, messages.c.seq > after
        )
        if before is not None:
            statement = statement.where(messages.c.seq < before).order_by(messages.c.seq.desc())
        else:
            statement = statement.order_by(messages.c.seq)
        rows = self._tx.execute(statement.limit(limit)).all()
        found = [Message(**row._mapping) for row in rows]
        return found if before is None else found[::-1]
