"""The outbox: every message to a customer is a row here until it is known what became of it.

pending → sending → sent | unknown | undeliverable, back to pending for another try, or parked until
the customer writes again. One row is at work per conversation at a time, so order is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, insert, select, update

from storage.schema import conversations, messages, outbox

if TYPE_CHECKING:
    from storage.transaction import Tx

OPEN_STATES = ("pending", "sending")

_earlier = outbox.alias("earlier")
_ROW = (
    outbox.c.id,
    outbox.c.key,
    outbox.c.conversation_id,
    outbox.c.seq,
    outbox.c.channel,
    outbox.c.account,
    outbox.c.state,
    outbox.c.inline,
    outbox.c.holder,
    outbox.c.attempts,
    outbox.c.attempt_at,
    outbox.c.due_at,
    conversations.c.peer,
    conversations.c.language,
    messages.c.body,
)
_FULL = (
    select(*_ROW)
    .join(conversations, conversations.c.id == outbox.c.conversation_id)
    .join(messages, messages.c.id == outbox.c.message_id)
)
_HEADS = (
    _FULL.where(
        outbox.c.channel == bindparam("in_channel"),
        outbox.c.account == bindparam("in_account"),
        outbox.c.state == "pending",
        outbox.c.due_at <= bindparam("in_now"),
        ~exists().where(
            _earlier.c.conversation_id == outbox.c.conversation_id,
            _earlier.c.seq < outbox.c.seq,
            _earlier.c.state.in_(OPEN_STATES),
        ),
    )
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(bindparam("in_limit"))
)
_OPEN_OF = _FULL.where(
    outbox.c.conversation_id == bindparam("in_conversation"),
    outbox.c.state.in_(OPEN_STATES),
    outbox.c.seq <= bindparam("in_seq"),
).order_by(outbox.c.seq)
_ANSWERS = _FULL.where(messages.c.answers == bindparam("in_message")).order_by(outbox.c.seq)
_NEXT_DUE = select(func.min(outbox.c.due_at)).where(
    outbox.c.channel == bindparam("in_channel"),
    outbox.c.account == bindparam("in_account"),
    outbox.c.state == "pending",
    outbox.c.due_at > bindparam("in_now"),
)
_SETTLE = (
    update(outbox)
    .where(outbox.c.id == bindparam("in_id"))
    .values(
        {
            name: bindparam(name)
            for name in ("state", "due_at", "reason", "external_id", "sent_at", "attempts", "holder")
        }
    )
)
_INSERT = insert(outbox).returning(outbox.c.id)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message on its way out, with what is needed to send it."""

    id: int
    key: str
    conversation_id: int
    seq: int
    channel: str
    account: str
    state: str
    inline: bool
    holder: str | None
    attempts: int
    attempt_at: datetime | None
    due_at: datetime
    peer: str
    language: str | None
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt: the row's new state, when it is due again, and why."""

    id: int
    state: str
    at: datetime
    attempts: int
    due_at: datetime | None = None
    reason: str | None = None
    external_id: str | None = None


class Outbox:
    """The outbox's repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def put(
        self,
        *,
        message_id: int,
        conversation_id: int,
        seq: int,
        channel: str,
        account: str,
        due_at: datetime,
        now: datetime,
        state: str = "pending",
    ) -> tuple[int, str]:
        """Queue a message; returns the row's id and its idempotency key."""
        key = f"{conversation_id}-{seq}"
        values = {
            "key": key,
            "message_id": message_id,
            "conversation_id": conversation_id,
            "seq": seq,
            "channel": channel,
            "account": account,
            "state": state,
            "due_at": due_at,
            "attempts": 0,
            "inline": False,
            "created_at": now,
        }
        return self._tx.execute(_INSERT, values).scalar_one(), key

    def heads(self, channel: str, account: str, now: datetime, limit: int) -> list[OutboxRow]:
        """The first waiting message of each conversation that is due, oldest first."""
        values = {"in_channel": channel, "in_account": account, "in_now": now, "in_limit": limit}
        return [OutboxRow(**row._mapping) for row in self._tx.execute(_HEADS, values)]

    def next_due(self, channel: str, account: str, now: datetime) -> datetime | None:
        """When the next message becomes due, or None."""
        values = {"in_channel": channel, "in_account": account, "in_now": now}
        statement = _NEXT_DUE
        return self._tx.execute(statement, values).scalar_one_or_none()

    def open_of(self, conversation_id: int, up_to_seq: int) -> list[OutboxRow]:
        """The conversation's messages not yet settled, in order."""
        values = {"in_conversation": conversation_id, "in_seq": up_to_seq}
        return [OutboxRow(**row._mapping) for row in self._tx.execute(_OPEN_OF, values)]

    def answers_to(self, message_id: int) -> list[OutboxRow]:
        """The replies of the turn that took this message, in order."""
        return [OutboxRow(**row._mapping) for row in self._tx.execute(_ANSWERS, {"in_message": message_id})]

    def claim(self, ids: Iterable[int], holder: str, now: datetime, inline: bool = False) -> set[int]:
        """Record the attempt before it is made; returns the rows that nobody else had claimed."""
        statement = (
            update(outbox)
            .where(outbox.c.id.in_(list(ids)), outbox.c.state == "pending")
            .values(
                state="sending",
                holder=holder,
                attempts=outbox.c.attempts + 1,
                attempt_at=now,
                inline=inline,
            )
            .returning(outbox.c.id)
        )
        return set(self._tx.execute(statement).scalars())

    def settle(self, results: Iterable[Settled]) -> None:
        """Record what became of attempts."""
        values = [
            {
                "in_id": result.id,
                "state": result.state,
                "due_at": result.due_at or result.at,
                "reason": result.reason,
                "external_id": result.external_id,
                "sent_at": result.at if result.state == "sent" else None,
                "attempts": result.attempts,
                "holder": None,
            }
            for result in results
        ]
        if values:
            self._tx.execute(_SETTLE, values)

    def bring_forward(self, conversation_id: int, up_to_seq: int, now: datetime) -> None:
        """Make held messages due now."""
        self._tx.execute(
            update(outbox)
            .where(
                outbox.c.conversation_id == conversation_id,
                outbox.c.seq <= up_to_seq,
                outbox.c.state == "pending",
                outbox.c.due_at > now,
                outbox.c.attempts == 0,
            )
            .values(due_at=now)
        )

    def unpark(self, conversation_id: int, due_at: datetime) -> int:
        """Queue what was parked for this customer again; returns how many messages."""
        statement = (
            update(outbox)
            .where(outbox.c.conversation_id == conversation_id, outbox.c.state == "parked")
            .values(state="pending", due_at=due_at, reason=None)
        )
        return self._tx.execute(statement).rowcount

    def stop(self, conversation_id: int, reason: str, now: datetime) -> int:
        """Park everything waiting for a customer who cannot be reached."""
        statement = (
            update(outbox)
            .where(outbox.c.conversation_id == conversation_id, outbox.c.state == "pending")
            .values(state="parked", reason=reason, due_at=now)
        )
        return self._tx.execute(statement).rowcount

    def abandoned(self, channel: str, account: str, before: datetime) -> list[OutboxRow]:
        """Attempts begun before `before` whose outcome nobody recorded."""
        statement = _FULL.where(
            outbox.c.channel == channel,
            outbox.c.account == account,
            outbox.c.state == "sending",
            outbox.c.attempt_at < before,
        )
        return [OutboxRow(**row._mapping) for row in self._tx.execute(statement)]

    def counts(self) -> dict[str, int]:
        """How many messages are in each state other than sent."""
        statement = (
            select(outbox.c.state, func.count())
            .where(outbox.c.state.in_([*OPEN_STATES, "parked", "unknown", "undeliverable"]))
            .group_by(outbox.c.state)
        )
        return {state: count for state, count in self._tx.execute(statement)}

    def stuck(self, limit: int = 50) -> list[OutboxRow]:
        """Messages whose outcome is unknown or which could not be delivered, newest first."""
        statement = _FULL.where(outbox.c.state.in_(["unknown", "undeliverable"]))
        rows = self._tx.execute(statement.order_by(outbox.c.id.desc()).limit(limit))
        return [OutboxRow(**row._mapping) for row in rows]

    def retry(self, row_id: int, now: datetime) -> bool:
        """Queue a stuck message again because a person asked for it."""
        statement = (
            update(outbox)
            .where(outbox.c.id == row_id, outbox.c.state.in_(["unknown", "undeliverable", "parked"]))
            .values(state="pending", due_at=now, attempts=0, reason=None)
        )
        return self._tx.execute(statement).rowcount == 1
