"""The one way to change whose a conversation is: a table of legal moves, one transaction, one event each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from handlers.ownership.settings import QueueSettings
from nlu import yml
from storage.handovers import Handover, OwnerEvent

if TYPE_CHECKING:
    from handlers.ownership.taking import Taking
    from storage import Tx
    from storage.conversations import Conversation
    from storage.users import User

SOURCE = Path(__file__).with_name("moves.yml")
SETTLING = ("resolve", "hand_back")
"""Moves with which nobody waits for a person any more."""
DANGER = 2
"""The priority of hand-overs for which there are no opening hours."""
OWNERS = ("bot", "queue", "agent", "outside", "closed")
WHO = ("bot", "customer", "agent", "supervisor", "system")


@dataclass(frozen=True, slots=True)
class Legal:
    """A legal move."""

    sources: tuple[str, ...]
    target: str
    who: tuple[str, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class Mover:
    """Who changes it; `user_id` for agents and supervisors."""

    kind: str
    user_id: int | None = None


BOT, CUSTOMER, SYSTEM = Mover("bot"), Mover("customer"), Mover("system")


class NotMoved(Exception):
    """The move is refused.

    `why` is taken, not_yours, elsewhere, forbidden, absent, wrote_meanwhile or gone (who asks works here no
    more), or one of `Taking`'s: away, off_shift, full and other_skill, of who is given it with `_there`.
    `owner` and `agent_id` say whose it is.
    """

    def __init__(self, why: str, owner: str, agent_id: int | None) -> None:
        super().__init__(why)
        self.why = why
        self.owner = owner
        self.agent_id = agent_id


@cache
def moves() -> dict[str, Legal]:
    """The table; raises ValueError where it is not one."""
    found = {
        name: Legal(tuple(row["from"]), row["to"], tuple(row["who"]), bool(row.get("own")))
        for name, row in yml.read(SOURCE)["moves"].items()
    }
    for name, legal in found.items():
        if not {*legal.sources, legal.target} <= set(OWNERS) or not set(legal.who) <= set(WHO):
            raise ValueError(f"{SOURCE.name}: {name} names an owner or a mover that is none")
    return found


def mover(user: User) -> Mover:
    """The user as who changes it."""
    return Mover("supervisor" if user.rules else "agent", user.id)


def may(conversation: Conversation, name: str, who: Mover) -> bool:
    """Whether that move is open to them now."""
    return _refusal(conversation, moves()[name], who) is None


def move(
    tx: Tx,
    conversation: Conversation,
    name: str,
    who: Mover,
    now: datetime,
    timing: QueueSettings,
    *,
    agent_id: int | None = None,
    skill: str | None = None,
    reason: str = "",
    priority: int = 0,
    taking: Taking | None = None,
    seen: int | None = None,
    reply: int | None = None,
) -> None:
    """Change whose the locked conversation is; the caller saves it. Raises NotMoved.

    `agent_id` gets it by `assign`; `skill` is what `refer` asks for; `reason`, `priority` begin a hand-over;
    `taking` limits who may take it or get it, but for supervisors; `seen` is the last message that whoever
    settles it has read: what the customer wrote behind it is not to be lost; `reply` is the number of the
    reply that it is done together with.
    """
    legal = moves()[name]
    why = _refusal(conversation, legal, who)
    if why is not None:
        raise NotMoved(why, conversation.owner, conversation.agent_id)
    if name in SETTLING:
        check_read(conversation, seen)
    target = agent_id if name == "assign" else who.user_id
    if legal.target == "agent" and name == "assign":
        _check_present(tx, conversation, target)
    handovers = tx.handovers
    begun = handovers.last(conversation.id) if name == "undo" else handovers.current(conversation.id)
    if taking is not None and who.kind == "agent" and name in ("take", "assign"):
        _check_limits(tx, conversation, name, target, begun, now, taking)
    if begun is None and legal.target in ("queue", "agent", "outside"):
        begun = handovers.open(conversation.id, reason or name, priority, now)
    conversation.owner = legal.target
    conversation.agent_id = target if legal.target == "agent" else None
    conversation.revision += 1
    if begun is not None:
        _follow(begun, conversation, skill, now, timing)
        handovers.save(begun)
    if not conversation.with_person:
        conversation.waiting_since = None
    handovers.note(_event(conversation, name, who, skill, now, reply))


def check_read(conversation: Conversation, seen: int | None) -> None:
    """Raises NotMoved where the customer waits with something behind `seen`, the last message read."""
    if seen is not None and conversation.waiting_since is not None and conversation.last_seq > seen:
        raise NotMoved("wrote_meanwhile", conversation.owner, conversation.agent_id)


def _event(
    conversation: Conversation, name: str, who: Mover, skill: str | None, now: datetime, reply: int | None
) -> OwnerEvent:
    return OwnerEvent(
        conversation_id=conversation.id,
        revision=conversation.revision,
        at=now,
        move=name,
        owner=conversation.owner,
        agent_id=conversation.agent_id,
        skill=skill,
        by=who.kind,
        user_id=who.user_id,
        seq=conversation.last_seq,
        reply=reply,
    )


def _refusal(conversation: Conversation, legal: Legal, who: Mover) -> str | None:
    if who.kind not in legal.who:
        return "forbidden"
    if conversation.owner not in legal.sources:
        return "taken" if conversation.owner == "agent" else "elsewhere"
    theirs = conversation.owner != "agent" or conversation.agent_id == who.user_id
    return "not_yours" if legal.own and who.kind == "agent" and not theirs else None


def _check_present(tx: Tx, conversation: Conversation, user_id: int | None) -> None:
    user = tx.users.get(user_id) if user_id is not None else None
    if user is None or not user.active or user.id not in tx.presence.online():
        raise NotMoved("absent", conversation.owner, conversation.agent_id)


def _check_limits(
    tx: Tx,
    conversation: Conversation,
    name: str,
    user_id: int | None,
    begun: Handover | None,
    now: datetime,
    taking: Taking,
) -> None:
    """Whoever takes it needs the skill asked for; who is given it by a colleague needs time for it."""
    user = tx.users.get(user_id) if user_id is not None else None
    why = taking.refusal(tx, user, begun if name == "take" else None, now) if user else None
    if why is not None:
        why = why if name == "take" else f"{why}_there"
        raise NotMoved(why, conversation.owner, conversation.agent_id)


def _follow(
    begun: Handover, conversation: Conversation, skill: str | None, now: datetime, timing: QueueSettings
) -> None:
    """The hand-over after the move: where it waits, who has it, when the clock looks at it."""
    begun.snoozed_until = begun.woken_at = None
    if conversation.owner == "queue":
        begun.queued_at = conversation.waiting_since or now
        begun.skill = skill or begun.skill
        begun.due_at = now + timedelta(minutes=timing.escalate_minutes)
    elif conversation.owner == "agent":
        begun.queued_at, begun.agent_id = None, conversation.agent_id
        begun.taken_at = begun.taken_at if begun.ended_at else now  # it had ended: that was undone
        begun.ended_at = begun.outcome = None
        waits = conversation.waiting_since is not None
        begun.due_at = now + timedelta(minutes=timing.unanswered_minutes) if waits else None
    else:
        begun.queued_at = begun.due_at = None
    if not conversation.with_person:
        begun.ended_at, begun.outcome = now, conversation.owner
