"""The outbox: every message to a customer is a row here until it is known what became of it.

pending → sending → sent | unknown | undeliverable, back to pending for another try, or parked until
the customer writes again; withdrawn by its agent before it was tried. One row is at work per
conversation at a time, so order is kept.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from storage import outbox_sql as sql
from storage.schema import messages

if TYPE_CHECKING:
    from storage.conversations import Conversation
    from storage.statements import Prepared
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message on its way out, with what is needed to send it.

    `watched`: a person wrote it, or people had the conversation when the row was read.
    """

    id: int
    key: str
    conversation_id: int
    seq: int
    channel: str
    account: str
    state: str
    carried_by: int | None
    holder: str | None
    attempts: int
    attempt_at: datetime | None
    due_at: datetime
    reason: str | None
    peer: str
    language: str | None
    last_seq: int
    watched: bool
    body: dict[str, Any]

    @property
    def shown(self) -> int | None:
        """The conversation whose lookers-on are to see what becomes of it."""
        return self.conversation_id if self.watched else None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt: the row's new state, when it is due again, and why.

    `holder`, `attempt` and `claimed_at` name the claim the result belongs to; a result that comes after
    the row was claimed again, or whose claim was never committed, changes nothing, except that a message
    thought lost turns out to have been sent. `shown` is its conversation, where people look at it.
    """

    id: int
    state: str
    at: datetime
    attempts: int
    due_at: datetime | None = None
    reason: str | None = None
    external_id: str | None = None
    holder: str | None = None
    attempt: int = 0
    claimed_at: datetime | None = None
    shown: int | None = None


class Outbox:
    """The outbox's repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def put(
        self,
        many: Iterable[tuple[Conversation, int, int]],
        due_at: datetime,
        now: datetime,
        ahead: Container[int] = (),
    ) -> list[tuple[int, str]]:
        """Queue messages, given with their ids and numbers; returns id and idempotency key of each.

        Behind a parked message, what follows waits too: the platform may take it by now, out of order. Those
        `ahead`, by their ids, do not: what the platform takes at any time.
        """
        values: list[dict[str, Any]] = [
            {
                "key": f"{conversation.id}-{seq}",
                "message_id": message_id,
                "conversation_id": conversation.id,
                "seq": seq,
                "channel": conversation.channel,
                "account": conversation.account,
                "state": "parked" if _waits(conversation, message_id in ahead) else "pending",
                "due_at": due_at,
                "attempts": 0,
                "created_at": now,
            }
            for conversation, message_id, seq in many
        ]
        ids: dict[str, int] = {row[0]: row[1] for row in self._tx.insert(sql.PUT, values)}
        return [(ids[one["key"]], one["key"]) for one in values]

    def heads(self, channel: str, account: str, now: datetime, limit: int) -> list[OutboxRow]:
        """The first waiting message of each conversation that is due, oldest first."""
        return self._rows(sql.HEADS, channel=channel, account=account, now=now, most=limit)

    def next_due(self, channel: str, account: str, now: datetime) -> datetime | None:
        """When the next message becomes due, or None."""
        due: datetime | None = self._tx.value(
            sql.NEXT_DUE, {"channel": channel, "account": account, "now": now}
        )
        return due

    def open_of(self, conversation_id: int, up_to_seq: int) -> list[OutboxRow]:
        """The conversation's messages not yet settled, in order."""
        return self._rows(sql.OPEN_OF, conversation=conversation_id, up_to=up_to_seq)

    def answers_to(self, message_id: int) -> list[OutboxRow]:
        """The replies of the turn that took this message, in order."""
        return self._rows(sql.ANSWERS, message=message_id)

    def carried_by(self, conversation_id: int, message_id: int) -> list[OutboxRow]:
        """What the response to this message carried, in order."""
        return self._rows(sql.CARRIED, conversation=conversation_id, message=message_id)

    def claim(
        self, ids: Iterable[int], holder: str, now: datetime, carried_by: int | None = None
    ) -> set[int]:
        """Record the attempt before it is made; returns the rows that nobody else had claimed.

        `carried_by`: the message whose response carries them, when it is not the postman who sends.
        """
        wanted = list(ids)
        if not wanted:
            return set()
        size = 1 << (len(wanted) - 1).bit_length()  # few sizes, few statements: the last id fills up
        named = {f"id_{place}": wanted[min(place, len(wanted) - 1)] for place in range(size)}
        values = {"by": holder, "now": now, "carrier": carried_by, **named}
        return {row[0] for row in self._tx.rows(sql.claim(size), values)}

    def settle(self, results: Iterable[Settled]) -> None:
        """Record what became of attempts; people who look at a conversation see it."""
        shown: dict[int, datetime] = {}
        free: list[dict[str, Any]] = []
        own: list[dict[str, Any]] = []
        for result in results:
            if result.shown is not None:
                shown[result.shown] = result.at
            values = {
                "wanted": result.id,
                "state": result.state,
                "due_at": result.due_at or result.at,
                "reason": result.reason,
                "external_id": result.external_id,
                "sent_at": result.at if result.state == "sent" else None,
                "attempts": result.attempts,
                "holder": None,
            }
            if result.holder is None:
                free.append(values)
            else:
                own.append(
                    values | {"by": result.holder, "attempt": result.attempt, "claimed_at": result.claimed_at}
                )
        if free:
            self._tx.change_each(sql.SETTLE, free)
        if own:
            self._tx.change_each(sql.SETTLE_OWN, own)
        if shown:
            self._tx.live.note(shown, max(shown.values()))

    def bring_forward(self, conversation_id: int, up_to_seq: int, now: datetime) -> None:
        """Make held messages due now."""
        values = {"conversation": conversation_id, "up_to": up_to_seq, "now": now}
        self._tx.change(sql.BRING_FORWARD, values)

    def withdraw(self, conversation_id: int, seq: int) -> bool:
        """Take back a message that no platform was given yet; False where it is too late.

        The message keeps its number and loses its words.
        """
        message_id = self._tx.value(sql.WITHDRAW, {"conversation": conversation_id, "number": seq})
        if message_id is None:
            return False
        self._tx.execute(update(messages).where(messages.c.id == message_id).values(body={"withdrawn": True}))
        return True

    def held_from(self, conversation_id: int) -> int | None:
        """The number of the first message of an agent that can still be taken back."""
        found: int | None = self._tx.value(sql.HELD_FROM, {"conversation": conversation_id})
        return found

    def unpark(self, conversation_id: int, due_at: datetime) -> int:
        """Queue what was parked for this customer again; returns how many messages."""
        return self._tx.change(sql.UNPARK, {"conversation": conversation_id, "due": due_at})

    def stop(self, conversation_id: int, reason: str, now: datetime) -> int:
        """Park everything waiting for a customer who cannot be reached."""
        return self._tx.change(sql.STOP, {"conversation": conversation_id, "why": reason, "now": now})

    def sending(self, channel: str, account: str) -> list[OutboxRow]:
        """Attempts whose outcome is not recorded yet."""
        return self._rows(sql.SENDING, channel=channel, account=account)

    def abandon(self, ids: Iterable[int], state: str, reason: str, now: datetime) -> None:
        """Give up on attempts that nobody will record; who made them can still say that they arrived."""
        many = [{"wanted": row_id, "state": state, "why": reason, "now": now} for row_id in ids]
        if many:
            self._tx.change_each(sql.ABANDON, many)

    def hand_over_again(self, ids: Iterable[int], holder: str, now: datetime) -> None:
        """Record that replies carried by a request are carried again, by its repetition."""
        many = [{"wanted": row_id, "by": holder, "now": now} for row_id in ids]
        if many:
            self._tx.change_each(sql.HAND_OVER_AGAIN, many)

    def counts(self) -> dict[str, int]:
        """How many messages are in each state other than sent."""
        return {row[0]: row[1] for row in self._tx.rows(sql.COUNTS, {})}

    def stuck(self, limit: int = 50) -> list[OutboxRow]:
        """Messages whose outcome is unknown or which could not be delivered, newest first."""
        return self._rows(sql.STUCK, most=limit)

    def get(self, row_id: int) -> OutboxRow:
        """The row by id."""
        return self._rows(sql.GET, wanted=row_id)[0]

    def of_message(self, conversation_id: int, seq: int) -> OutboxRow | None:
        """The row of the conversation's message of that number; None for one that came in."""
        found = self._rows(sql.OF_MESSAGE, conversation=conversation_id, number=seq)
        return found[0] if found else None

    def lost(self, conversation_id: int, external_id: str, reason: str) -> int | None:
        """What was sent under this id did not arrive; its row, None where nothing was."""
        values = {"conversation": conversation_id, "external": external_id, "why": reason}
        found: int | None = self._tx.value(sql.LOST, values)
        return found

    def give_up(self, row_id: int, reason: str) -> None:
        """A message that waits for the customer is not sent any more."""
        self._tx.change(sql.GIVE_UP, {"wanted": row_id, "why": reason})

    def retry(self, row_id: int, now: datetime) -> bool:
        """Queue a stuck message again because a person asked for it."""
        return self._tx.change(sql.RETRY, {"wanted": row_id, "now": now}) == 1

    def _rows(self, statement: Prepared, **values: Any) -> list[OutboxRow]:
        return [OutboxRow(*row) for row in self._tx.rows(statement, values)]


def _waits(conversation: Conversation, ahead: bool) -> bool:
    """Whether it waits for the customer's next message."""
    if conversation.unreachable_since is not None:
        return True
    return conversation.parked_since is not None and not ahead
