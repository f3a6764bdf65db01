"""Messages: everything said in a conversation, numbered without gaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, text, update

from storage.schema import messages
from storage.statements import Prepared, PreparedRows

if TYPE_CHECKING:
    from storage.conversations import Conversation
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `body` is the reply's or the inbound's stored form."""

    id: int
    conversation_id: int
    seq: int
    author: str
    user_id: int | None
    channel: str
    account: str
    external_id: str | None
    answers: int | None
    body: dict[str, Any]
    sent_at: datetime
    created_at: datetime
    waited_since: datetime | None = None

    @property
    def withdrawn(self) -> bool:
        """Whether its agent took it back before it left."""
        return bool(self.body.get("withdrawn"))


_COLUMNS = [messages.c[part.name] for part in fields(Message)]
_BY_EXTERNAL = Prepared(
    select(*_COLUMNS).where(
        messages.c.channel == bindparam("channel"),
        messages.c.account == bindparam("account"),
        messages.c.external_id == bindparam("external_id"),
    )
)
_BY_SEQ = Prepared(
    select(*_COLUMNS).where(
        messages.c.conversation_id == bindparam("conversation"), messages.c.seq == bindparam("number")
    )
)
_COMMON = ("conversation_id", "seq", "author", "channel", "account", "body", "sent_at", "created_at")
_TAKE = Prepared(
    lambda dialect: (
        dialect.insert(messages)
        .on_conflict_do_nothing(
            index_elements=["channel", "account", "external_id"], index_where=text("external_id IS NOT NULL")
        )
        .returning(messages.c.id)
    ),
    (*_COMMON, "external_id", "waited_since"),
)
_WROTE_SINCE = Prepared(
    select(messages.c.id)
    .where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.seq > bindparam("number"),
        messages.c.author == "customer",
    )
    .limit(1)
)
_SAY = PreparedRows(
    lambda dialect: dialect.insert(messages).returning(
        messages.c.conversation_id, messages.c.seq, messages.c.id
    ),
    (*_COMMON, "answers", "user_id", "waited_since"),
)


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
        author: str = "customer",
    ) -> int | None:
        """Remember what came in and return its id; None when it has been taken before."""
        values = {
            "conversation_id": conversation.id,
            "seq": conversation.last_seq + 1,
            "author": author,
            "channel": conversation.channel,
            "account": conversation.account,
            "external_id": external_id,
            "body": body,
            "sent_at": sent_at,
            "created_at": now,
            "waited_since": conversation.waiting_since if author == "agent" else None,
        }
        message_id = self._tx.value(_TAKE, values)
        if message_id is None:
            return None
        conversation.next_seq()
        return int(message_id)

    def say(
        self,
        conversation: Conversation,
        body: dict[str, Any],
        now: datetime,
        answers: int | None = None,
        author: str = "bot",
    ) -> tuple[int, int]:
        """Remember what is said to the customer; returns its id and number."""
        return self.say_all([(conversation, body)], now, answers, author)[0]

    def say_all(
        self,
        said: Iterable[tuple[Conversation, dict[str, Any]]],
        now: datetime,
        answers: int | None = None,
        author: str = "bot",
        user_id: int | None = None,
    ) -> list[tuple[int, int]]:
        """Remember what is said to many, by an agent with `user_id`; returns id and number of each."""
        common = {"author": author, "user_id": user_id, "answers": answers, "sent_at": now, "created_at": now}
        values: list[dict[str, Any]] = [
            {
                "conversation_id": conversation.id,
                "seq": conversation.next_seq(),
                "channel": conversation.channel,
                "account": conversation.account,
                "body": body,
                "waited_since": conversation.waiting_since if author == "agent" else None,
                **common,
            }
            for conversation, body in said
        ]
        ids = {(place, seq): int(found) for place, seq, found in self._tx.insert(_SAY, values)}
        return [(ids[one["conversation_id"], one["seq"]], one["seq"]) for one in values]

    def taken_before(self, channel: str, account: str, external_id: str) -> Message | None:
        """The message that came in under this id, or None."""
        values = {"channel": channel, "account": account, "external_id": external_id}
        row = self._tx.row(_BY_EXTERNAL, values)
        return Message(*row) if row else None

    def wrote_since(self, conversation_id: int, seq: int) -> bool:
        """Whether the customer did anything after message number `seq`."""
        values = {"conversation": conversation_id, "number": seq}
        return self._tx.value(_WROTE_SINCE, values) is not None

    def by_seq(self, conversation_id: int, seq: int) -> Message | None:
        """The message of that number, or None."""
        row = self._tx.row(_BY_SEQ, {"conversation": conversation_id, "number": seq})
        return Message(*row) if row else None

    def next_by_agent(self, conversation_id: int, seq: int) -> Message | None:
        """The first reply of a person behind that number that was not taken back, or None."""
        found = select(*_COLUMNS).where(
            messages.c.conversation_id == conversation_id,
            messages.c.seq > seq,
            messages.c.author == "agent",
        )
        rows = (Message(*tuple(row)) for row in self._tx.execute(found.order_by(messages.c.seq)))
        return next((one for one in rows if not one.withdrawn), None)

    def answers_since(self, message_id: int, since: datetime | None) -> None:
        """That reply is the first to a customer who had waited since then; None: to nobody who waited."""
        self._tx.execute(update(messages).where(messages.c.id == message_id).values(waited_since=since))

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
