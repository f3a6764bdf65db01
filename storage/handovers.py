"""Conversations' times with people: from the hand-over, through the queue and agents' hands, to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import String, and_, exists, func, insert, literal_column, select, update

from storage.schema import conversations, customers, handovers, owner_events, users

if TYPE_CHECKING:
    from storage.conversations import Conversation
    from storage.transaction import Tx

LEVELS = ("key", "long_standing")
"""Customers who come before others of the same priority, the first before the second."""


@dataclass(slots=True)
class Handover:
    """One such time; changed in place, written by `save`. `queued_at` None: somebody has it."""

    id: int
    conversation_id: int
    at: datetime
    reason: str
    priority: int
    skill: str | None
    queued_at: datetime | None
    agent_id: int | None
    taken_at: datetime | None
    answered_at: datetime | None
    due_at: datetime | None
    step: int
    ended_at: datetime | None
    outcome: str | None
    promised_at: datetime | None = None
    told_at: datetime | None = None
    told_ahead: int | None = None
    told_minutes: int | None = None
    snoozed_until: datetime | None = None
    woken_at: datetime | None = None
    snoozed_with: int | None = None


@dataclass(frozen=True, slots=True)
class OwnerEvent:
    """One change of whose the conversation is; `by` a kind of mover, `user_id` where it was a user.

    `reply` is the number of the reply that it was done together with.
    """

    conversation_id: int
    revision: int
    at: datetime
    move: str
    owner: str
    agent_id: int | None
    skill: str | None
    by: str
    user_id: int | None
    seq: int
    reply: int | None = None


_COLUMNS = [handovers.c[part.name] for part in fields(Handover)]
_EVENT = [owner_events.c[part.name] for part in fields(OwnerEvent)]
_NOT_THE_BOTS = conversations.c.owner != literal_column("'bot'", String)  # as the index has it
_AGENTS = and_(_NOT_THE_BOTS, conversations.c.owner == "agent")
_SAVED = [part.name for part in fields(Handover) if part.name not in ("id", "conversation_id", "at")]


class Handovers:
    """The hand-overs' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def open(self, conversation_id: int, reason: str, priority: int, now: datetime) -> Handover:
        """A person is to have the conversation; it has no open one."""
        values = {"conversation_id": conversation_id, "at": now, "reason": reason[:32], "priority": priority}
        added = insert(handovers).values(**values, step=0).returning(handovers.c.id)
        opened = self._tx.execute(added).scalar_one()
        return Handover(
            int(opened), conversation_id, now, reason[:32], priority,
            None, None, None, None, None, None, 0, None, None,
        )  # fmt: skip

    def current(self, conversation_id: int) -> Handover | None:
        """The one that has not ended, or None."""
        found = select(*_COLUMNS).where(
            handovers.c.conversation_id == conversation_id, handovers.c.ended_at.is_(None)
        )
        row = self._tx.execute(found).one_or_none()
        return Handover(*tuple(row)) if row else None

    def last(self, conversation_id: int) -> Handover | None:
        """The newest one, ended or not."""
        found = select(*_COLUMNS).where(handovers.c.conversation_id == conversation_id)
        row = self._tx.execute(found.order_by(handovers.c.id.desc()).limit(1)).one_or_none()
        return Handover(*tuple(row)) if row else None

    def save(self, handover: Handover) -> None:
        """Write back what was changed."""
        values = {name: getattr(handover, name) for name in _SAVED}
        self._tx.execute(update(handovers).where(handovers.c.id == handover.id).values(values))

    def note(self, event: OwnerEvent) -> None:
        """Note a change of whose the conversation is."""
        values = {part.name: getattr(event, part.name) for part in fields(OwnerEvent)}
        self._tx.execute(insert(owner_events).values(values))

    def events(self, conversation_id: int) -> list[OwnerEvent]:
        """Every change of whose it was, in order."""
        found = select(*_EVENT).where(owner_events.c.conversation_id == conversation_id)
        rows = self._tx.execute(found.order_by(owner_events.c.revision))
        return [OwnerEvent(*tuple(row)) for row in rows]

    def settled_between(self, conversation_id: int, seq: int, end: int) -> bool:
        """Whether it was nobody's to answer for a while from that message on, before the other.

        What was undone does not count.
        """
        following = owner_events.alias()
        undone = exists().where(
            following.c.conversation_id == conversation_id,
            following.c.revision == owner_events.c.revision + 1,
            following.c.move == "undo",
        )
        found = select(owner_events.c.revision).where(
            owner_events.c.conversation_id == conversation_id, owner_events.c.owner.in_(("bot", "closed")),
            owner_events.c.seq >= seq, owner_events.c.seq < end, ~undone,
        )  # fmt: skip
        return self._tx.execute(found.limit(1)).first() is not None

    def waiting(self, limit: int = 500) -> list[Handover]:
        """The queue: by priority, then by the customer's level, then who has waited longest."""
        found = select(*_COLUMNS, customers.c.level).where(
            handovers.c.queued_at.is_not(None), handovers.c.ended_at.is_(None)
        )
        found = found.join(conversations, conversations.c.id == handovers.c.conversation_id)
        found = found.join(customers, customers.c.id == conversations.c.customer_id)
        found = found.order_by(handovers.c.priority.desc(), handovers.c.queued_at, handovers.c.id)
        rows = [(Handover(*row[:-1]), row[-1]) for row in map(tuple, self._tx.execute(found))]
        rows.sort(key=lambda one: (-one[0].priority, _rank(one[1])))  # stable: then as they came
        return [one for one, _ in rows][:limit]

    def languages(self, conversation_ids: Sequence[int]) -> dict[int, str]:
        """The language of each conversation, where it is known."""
        found = select(conversations.c.id, conversations.c.language).where(
            conversations.c.id.in_(conversation_ids), conversations.c.language.is_not(None)
        )
        return {int(one): str(language) for one, language in map(tuple, self._tx.execute(found))}

    def due(self, now: datetime, limit: int) -> list[Handover]:
        """Those the clock has to look at."""
        found = select(*_COLUMNS).where(handovers.c.due_at <= now, handovers.c.ended_at.is_(None))
        rows = self._tx.execute(found.order_by(handovers.c.due_at).limit(limit))
        return [Handover(*tuple(row)) for row in rows]

    def snoozed(self, now: datetime, limit: int) -> list[int]:
        """The conversations that were put off until now at the latest."""
        due = and_(handovers.c.snoozed_until.is_not(None), handovers.c.snoozed_until <= now)
        found = select(handovers.c.conversation_id).where(due, handovers.c.ended_at.is_(None))
        rows = self._tx.execute(found.order_by(handovers.c.snoozed_until).limit(limit))
        return list(rows.scalars())

    def taken_since(self, since: datetime) -> int:
        """How many customers got an agent since then."""
        counted = select(func.count()).select_from(handovers).where(handovers.c.taken_at >= since)
        return int(self._tx.execute(counted).scalar_one())

    def of_agent(self, user_id: int) -> list[Conversation]:
        """The conversations that agent has, locked."""
        theirs = and_(_AGENTS, conversations.c.agent_id == user_id)
        ids = self._tx.execute(select(conversations.c.id).where(theirs).order_by(conversations.c.id))
        found = [self._tx.conversations.get(one, lock=True) for one in ids.scalars()]
        return [one for one in found if one.owner == "agent" and one.agent_id == user_id]

    def left_behind(self) -> list[int]:
        """Who works here no more, but still has conversations."""
        found = select(users.c.id).join(conversations, conversations.c.agent_id == users.c.id)
        found = found.where(conversations.c.owner == "agent", users.c.active.is_(False)).distinct()
        return list(self._tx.execute(found.order_by(users.c.id)).scalars())

    def loads(self) -> dict[int, int]:
        """How many conversations each agent has; who has none is not in it."""
        counted = select(conversations.c.agent_id, func.count()).where(_AGENTS)
        rows = self._tx.execute(counted.group_by(conversations.c.agent_id))
        return {int(agent): int(count) for agent, count in map(tuple, rows) if agent is not None}


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)
