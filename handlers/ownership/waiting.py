"""Customers who wait for people: their place in the queue, and what messages and silence bring about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from handlers.ownership.moving import SYSTEM, move
from handlers.ownership.peak import expected
from handlers.ownership.settings import QueueSettings
from handlers.ownership.snoozing import wake
from storage.tasks import Task

if TYPE_CHECKING:
    from storage import Tx
    from storage.conversations import Conversation
    from storage.handovers import Handover
    from storage.messages import Message

STEPS = 2
"""So often a wait without anybody coming is escalated."""
TASK = "conversation_waits"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a customer stands: how many are ahead; `minutes` None where no honest guess can be made."""

    ahead: int
    minutes: int | None


def place(tx: Tx, conversation: Conversation, now: datetime, timing: QueueSettings) -> Place | None:
    """The customer's place in the queue; None where they are not in it, or nobody is there to serve it.

    The expected wait follows from how many customers got somebody of late, and is left out after too few.
    """
    if conversation.owner != "queue" or not tx.presence.online():
        return None
    ids = [one.conversation_id for one in tx.handovers.waiting()]
    ahead = ids.index(conversation.id) if conversation.id in ids else len(ids)
    return Place(ahead, expected(tx, ahead, now, timing))


def attended(
    tx: Tx, conversation: Conversation, by_person: bool, now: datetime, timing: QueueSettings
) -> None:
    """People of a platform's own desk have it now, or no longer."""
    if by_person and conversation.owner != "outside":
        move(tx, conversation, "outside", SYSTEM, now, timing)
    elif not by_person and conversation.with_person:
        move(tx, conversation, "inside", SYSTEM, now, timing)


def wrote(tx: Tx, conversation: Conversation, now: datetime, timing: QueueSettings) -> None:
    """The customer wrote to an agent: it is to be answered in time, by whoever is there."""
    if conversation.owner != "agent" or conversation.waiting_since is None:
        return
    if conversation.agent_id not in tx.presence.online():
        move(tx, conversation, "requeue", SYSTEM, now, timing)
        return
    wake(tx, conversation, now)
    begun = tx.handovers.current(conversation.id)
    if begun is not None and begun.due_at is None:
        begun.due_at = conversation.waiting_since + timedelta(minutes=timing.unanswered_minutes)
        tx.handovers.save(begun)


def answered(tx: Tx, conversation: Conversation, now: datetime) -> None:
    """A person answered the customer."""
    conversation.waiting_since = None
    begun = tx.handovers.current(conversation.id)
    if begun is not None:
        begun.answered_at, begun.due_at, begun.step = begun.answered_at or now, None, 0
        begun.woken_at = None
        tx.handovers.save(begun)


def taken_back(
    tx: Tx, conversation: Conversation, reply: Message, now: datetime, timing: QueueSettings
) -> None:
    """The reply was taken back: the customer waits as before, or for the reply behind it."""
    following = tx.messages.next_by_agent(conversation.id, reply.seq)
    end = following.seq if following else conversation.last_seq + 1
    since = reply.waited_since
    if since is not None:
        tx.messages.answers_since(reply.id, None)
    if since is not None and not tx.handovers.settled_between(conversation.id, reply.seq, end):
        if following is not None:
            tx.messages.answers_since(following.id, since)
        elif conversation.with_person:
            conversation.waiting_since = since
    begun = tx.handovers.current(conversation.id)
    if begun is not None and begun.answered_at == reply.created_at:
        begun.answered_at = following.created_at if following else None
        tx.handovers.save(begun)
    wrote(tx, conversation, now, timing)


def be(tx: Tx, user_id: int, state: str, now: datetime, timing: QueueSettings) -> list[int]:
    """They are online, away or offline; away, whoever waits for them goes back to the queue: those."""
    tx.presence.put(user_id, state, now)
    moved = []
    for conversation in [] if state == "online" else tx.handovers.of_agent(user_id):
        if conversation.waiting_since is not None:
            move(tx, conversation, "requeue", SYSTEM, now, timing)
            tx.conversations.save(conversation, now)
            moved.append(conversation.id)
    return moved


def leave(tx: Tx, user_id: int, now: datetime, timing: QueueSettings) -> list[Conversation]:
    """They work here no more: everything they had goes back to the queue; those conversations."""
    tx.presence.put(user_id, "offline", now)
    moved = tx.handovers.of_agent(user_id)
    for conversation in moved:
        move(tx, conversation, "requeue", SYSTEM, now, timing)
        tx.conversations.save(conversation, now)
    return moved


def overdue(
    tx: Tx, conversation: Conversation, begun: Handover, now: datetime, timing: QueueSettings
) -> None:
    """Nobody came in time: back to the queue from a silent agent; in the queue, ahead and to supervisors."""
    if conversation.owner == "agent":
        move(tx, conversation, "requeue", SYSTEM, now, timing)
        tx.conversations.save(conversation, now)
        return
    begun.step += 1
    begun.priority += 1
    again = now + timedelta(minutes=timing.escalate_minutes)
    begun.due_at = again if begun.step < STEPS else None
    tx.handovers.save(begun)
    if begun.step == 1:
        task = Task(TASK, "", now, None, conversation.id, conversation.customer_id, due_at=now)
        tx.tasks.add(task)
