"""Conversations: one peer on one account of one channel, locked for the length of a turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.exc import NoResultFound

from storage.schema import conversations
from storage.statements import Prepared, PreparedUpdate, among

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(slots=True)
class Conversation:
    """A conversation under way in this transaction; changed in place, written by `save`."""

    id: int
    channel: str
    account: str
    peer: str
    customer_id: int
    owner: str
    agent_id: int | None
    revision: int
    language: str | None
    state: dict[str, Any]
    choices: dict[str, Any] | None
    last_seq: int
    waiting_since: datetime | None
    unreachable_since: datetime | None
    parked_since: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def with_person(self) -> bool:
        """Whether people have it, or it waits for one: the bot is silent."""
        return self.owner in ("queue", "agent", "outside")

    def next_seq(self) -> int:
        """The number of the next message; gaps are only where an agent took a reply back."""
        self.last_seq += 1
        return self.last_seq


_COLUMNS = [conversations.c[part.name] for part in fields(Conversation)]
_OF_PLACE = select(*_COLUMNS).where(
    conversations.c.channel == bindparam("channel"),
    conversations.c.account == bindparam("account"),
    conversations.c.peer == bindparam("peer"),
)
_BY_ID = select(*_COLUMNS).where(conversations.c.id == bindparam("wanted"))
_FIND, _FIND_LOCKED = Prepared(_OF_PLACE), Prepared(_OF_PLACE.with_for_update())
_GET, _GET_LOCKED = Prepared(_BY_ID), Prepared(_BY_ID.with_for_update())
_TRY = Prepared(
    lambda dialect: (
        select(*_COLUMNS).where(among(dialect, conversations.c.id, "ids")).with_for_update(skip_locked=True)
    )
)
_OF_CUSTOMERS = Prepared(
    lambda dialect: (
        select(*_COLUMNS)
        .where(
            among(dialect, conversations.c.customer_id, "customers"),
            ~among(dialect, conversations.c.id, "besides"),
        )
        .order_by(conversations.c.id)
    )
)
_SAVED = (
    "owner", "agent_id", "revision", "language", "state", "choices", "last_seq", "waiting_since",
    "unreachable_since", "parked_since", "updated_at",
)  # fmt: skip
_SAVE = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("wanted"))
    .values({name: bindparam(name) for name in _SAVED})
)
_SPOKEN = ("choices", "last_seq", "parked_since", "updated_at")
_SPOKE = PreparedUpdate(conversations, _SPOKEN)
_KEPT = PreparedUpdate(conversations, (*_SPOKEN, "state"))
_ADD = Prepared(
    lambda dialect: dialect.insert(conversations).on_conflict_do_nothing(),
    ("channel", "account", "peer", "customer_id", "owner", "state", "last_seq", "created_at", "updated_at"),
)


class Conversations:
    """The conversations' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def enter(self, channel: str, account: str, peer: str, now: datetime) -> Conversation:
        """The conversation, locked until the transaction ends; a new one with a new customer if needed."""
        place = {"channel": channel, "account": account, "peer": peer}
        row = self._tx.row(_FIND_LOCKED, place)
        if row is None:
            self._add(place, now)
            row = self._tx.row(_FIND_LOCKED, place)
            assert row is not None
        return Conversation(*row)

    def find(self, channel: str, account: str, peer: str) -> Conversation | None:
        """The conversation without locking it, or None."""
        row = self._tx.row(_FIND, {"channel": channel, "account": account, "peer": peer})
        return Conversation(*row) if row else None

    def latest_of(self, customer_id: int) -> Conversation | None:
        """The conversation in which the customer is best reached, locked; None where there is none."""
        lost = case((conversations.c.unreachable_since.is_(None), 0), else_=1)
        found = select(*_COLUMNS).where(conversations.c.customer_id == customer_id)
        best = found.order_by(lost, conversations.c.updated_at.desc(), conversations.c.id.desc()).limit(1)
        row = self._tx.execute(best.with_for_update()).one_or_none()
        return Conversation(*tuple(row)) if row else None

    def get(self, conversation_id: int, lock: bool = False) -> Conversation:
        """The conversation by id; raises NoResultFound when there is none."""
        row = self._tx.row(_GET_LOCKED if lock else _GET, {"wanted": conversation_id})
        if row is None:
            raise NoResultFound(f"no conversation {conversation_id}")
        return Conversation(*row)

    def known(self, conversation_id: int) -> Conversation | None:
        """The conversation by id; None where there is none."""
        row = self._tx.row(_GET, {"wanted": conversation_id})
        return Conversation(*row) if row else None

    def take(self, conversation_id: int) -> Conversation | None:
        """The conversation, locked; None where somebody else has it locked just now."""
        return self.take_all([conversation_id]).get(conversation_id)

    def take_all(self, conversation_ids: Iterable[int]) -> dict[int, Conversation]:
        """Those conversations by their ids, locked, without those that somebody else has locked just now."""
        rows = self._tx.rows(_TRY, {"ids": sorted(set(conversation_ids))})
        return {row[0]: Conversation(*row) for row in rows}

    def of_customer(self, customer_id: int) -> list[Conversation]:
        """The customer's conversations on every channel, the one last used first; not locked."""
        found = self.of_customers([customer_id], besides=())
        return sorted(found, key=lambda one: one.updated_at, reverse=True)

    def of_customers(self, customer_ids: Iterable[int], besides: Iterable[int]) -> list[Conversation]:
        """The customers' conversations on every channel besides those; not locked."""
        values = {"customers": sorted(set(customer_ids)), "besides": list(besides)}
        return [Conversation(*row) for row in self._tx.rows(_OF_CUSTOMERS, values)]

    def save(self, conversation: Conversation, now: datetime) -> None:
        """Write back what the turn changed."""
        conversation.updated_at = now
        values = {name: getattr(conversation, name) for name in _SAVED}
        self._tx.change(_SAVE, {"wanted": conversation.id, **values})

    def spoke(self, many: Iterable[Conversation], now: datetime, remember: bool = False) -> None:
        """Write back what saying something in them changed; `remember`: and what they keep of it."""
        columns = ("id", *_SPOKEN, "state") if remember else ("id", *_SPOKEN)
        values = []
        for conversation in many:
            conversation.updated_at = now
            values.append({name: getattr(conversation, name) for name in columns})
        if values:
            self._tx.update(_KEPT if remember else _SPOKE, values)

    def _add(self, place: dict[str, str], now: datetime) -> None:
        values = {
            **place,
            "customer_id": self._tx.customers.add(now),
            "owner": "bot",
            "state": {},
            "last_seq": 0,
            "created_at": now,
            "updated_at": now,
        }
        self._tx.change(_ADD, values)
