"""How the day goes on the floor: who is there with which load, what was broken, who gave up waiting (G5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.inbox import WITH_PEOPLE
from storage.schema import conversations, handovers, owner_events, presence, promises, users

if TYPE_CHECKING:
    from storage.transaction import Tx

LONGEST_WAIT = timedelta(days=7)
"""Whoever gave up today began to wait no earlier."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody at work: since when in that state, how many conversations, and the longest wait in them."""

    user_id: int
    shown: str
    state: str
    since: datetime | None
    load: int
    waits_since: datetime | None


@dataclass(frozen=True, slots=True)
class Day:
    """What went wrong since then: promises of orders, answers not given in time, customers who gave up."""

    broken: int
    unanswered: int
    abandoned: int


def agents(tx: Tx) -> list[Agent]:
    """Everybody who was ever there or has conversations; those online first, then by load."""
    load = (
        select(
            conversations.c.agent_id,
            func.count().label("many"),
            func.min(conversations.c.waiting_since).label("waits_since"),
        )
        .where(WITH_PEOPLE, conversations.c.owner == "agent")
        .group_by(conversations.c.agent_id)
        .subquery()
    )
    found = (
        select(
            users.c.id, users.c.shown, func.coalesce(presence.c.state, "offline"), presence.c.since,
            func.coalesce(load.c.many, 0), load.c.waits_since,
        )
        .outerjoin(presence, presence.c.user_id == users.c.id)
        .outerjoin(load, load.c.agent_id == users.c.id)
        .where(users.c.active.is_(True), presence.c.state.is_not(None) | load.c.many.is_not(None))
    )  # fmt: skip
    rows = [Agent(*tuple(row)) for row in tx.execute(found)]
    places = {"online": 0, "away": 1}
    return sorted(rows, key=lambda one: (places.get(one.state, 2), -one.load, one.shown))


def day(tx: Tx, since: datetime) -> Day:
    """What went wrong since then."""
    broken = select(func.count()).select_from(promises)
    broken = broken.where(promises.c.state == "broken", promises.c.settled_at >= since)
    begun = handovers.c.at >= since - LONGEST_WAIT
    gone = select(func.count()).select_from(handovers)
    gone = gone.where(begun, handovers.c.ended_at >= since, handovers.c.taken_at.is_(None))
    silent = select(func.count(owner_events.c.id)).join(
        handovers, handovers.c.conversation_id == owner_events.c.conversation_id
    )
    silent = silent.where(begun, owner_events.c.move == "requeue", owner_events.c.at >= since)
    silent = silent.where(owner_events.c.at >= handovers.c.at)
    silent = silent.where(handovers.c.ended_at.is_(None) | (owner_events.c.at <= handovers.c.ended_at))
    return Day(*(int(tx.execute(one).scalar_one()) for one in (broken, silent, gone)))
