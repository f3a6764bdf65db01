"""What the console shows of conversations: lists with counts, and everything that happened in one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from storage import Tx
from storage.conversations import Conversation
from storage.customers import Customer
from storage.handovers import Handover
from storage.orders import Order
from storage.schema import attachments, conversations, customers, handovers, messages, outbox

VIEWS = ("mine", "unassigned", "waiting", "all", "resolved")
LISTED = 200
"""Conversations a list shows."""
LINES = 200
"""Messages a conversation shows, the last ones."""
PREVIEW = 90
PARTS = dict.fromkeys(
    ("choice", "event", "location", "contact", "buttons", "files", "delivery", "skill", "agent_id")
)
"""What a line may have besides words."""


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation in a list; `preview` is its last message's text, `said_by` its author."""

    id: int
    channel: str
    name: str
    owner: str
    agent_id: int | None
    waiting_since: datetime | None
    updated_at: datetime
    priority: int
    skill: str | None
    preview: str
    said_by: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: a message, a note, or a change of owner; `kind` says which."""

    kind: str
    seq: int
    at: datetime
    by: str = ""
    user_id: int | None = None
    text: str = ""
    parts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation with what belongs to it."""

    conversation: Conversation
    customer: Customer
    begun: Handover | None
    lines: list[Line]
    orders: list[Order]


def _where(view: str, user_id: int) -> ColumnElement[bool]:
    owner = conversations.c.owner
    return {
        "mine": and_(owner == "agent", conversations.c.agent_id == user_id),
        "unassigned": owner == "queue",
        "waiting": and_(owner.in_(("queue", "agent")), conversations.c.waiting_since.is_not(None)),
        "all": owner.in_(("queue", "agent")),
        "resolved": owner == "closed",
    }[view]


def counts(tx: Tx, user_id: int) -> dict[str, int]:
    """How many conversations each view has."""
    found = select(*(func.count().filter(_where(view, user_id)).label(view) for view in VIEWS)).where(
        conversations.c.owner != "bot"
    )
    return dict(tx.execute(found).one()._mapping)


def listed(tx: Tx, view: str, user_id: int) -> list[Row]:
    """The view's conversations: who comes first in the queue, else who has waited longest."""
    last = and_(messages.c.conversation_id == conversations.c.id, messages.c.seq == conversations.c.last_seq)
    open_one = and_(handovers.c.conversation_id == conversations.c.id, handovers.c.ended_at.is_(None))
    found = (
        select(
            conversations.c.id, conversations.c.channel, customers.c.name, conversations.c.peer,
            conversations.c.owner, conversations.c.agent_id, conversations.c.waiting_since,
            conversations.c.updated_at, handovers.c.priority, handovers.c.skill,
            messages.c.body, messages.c.author,
        )
        .join(customers, customers.c.id == conversations.c.customer_id)
        .outerjoin(handovers, open_one)
        .outerjoin(messages, last)
        .where(_where(view, user_id))
        .order_by(conversations.c.waiting_since.is_(None), conversations.c.waiting_since,
                  conversations.c.updated_at.desc())
        .limit(LISTED)
    )  # fmt: skip
    rows = [_row(*row) for row in map(tuple, tx.execute(found))]
    if view == "unassigned":
        places = {one.conversation_id: place for place, one in enumerate(tx.handovers.waiting())}
        rows.sort(key=lambda row: places.get(row.id, len(places)))
    return rows


def _row(
    row_id: int, channel: str, name: str | None, peer: str, owner: str, agent_id: int | None,
    waiting_since: datetime | None, updated_at: datetime, priority: int | None, skill: str | None,
    body: dict[str, Any] | None, author: str | None,
) -> Row:  # fmt: skip
    preview = str((body or {}).get("text") or "").replace("\n", " ")[:PREVIEW]
    return Row(
        row_id, channel, name or peer[:12], owner, agent_id, waiting_since, updated_at, priority or 0,
        skill, preview, author or "",
    )  # fmt: skip


def talk(tx: Tx, conversation_id: int) -> Talk | None:
    """Everything about that conversation, or None where there is none."""
    known = tx.execute(select(conversations.c.id).where(conversations.c.id == conversation_id)).one_or_none()
    if known is None:
        return None
    conversation = tx.conversations.get(conversation_id)
    said = tx.messages.of_conversation(conversation_id, before=2**31 - 1, limit=LINES)
    first = said[0].seq if said else 0
    ids = [one.id for one in said]
    states = _states(tx, ids)
    files = _files(tx, ids)
    lines = [
        Line(
            "message", one.seq, one.created_at, one.author, one.user_id, str(one.body.get("text") or ""),
            {**PARTS, **one.body, "delivery": states.get(one.id), "files": files.get(one.id, [])},
        )
        for one in said
    ]  # fmt: skip
    lines += [Line("note", n.seq, n.at, "agent", n.user_id, n.text) for n in tx.notes.of(conversation_id)]
    lines += [
        Line(
            "owner", e.seq, e.at, e.by, e.user_id, e.move, {**PARTS, "agent_id": e.agent_id, "skill": e.skill}
        )
        for e in tx.handovers.events(conversation_id)
    ]
    lines = [one for one in lines if one.seq >= first - 1]
    lines.sort(key=lambda one: (one.seq, one.kind != "message", one.at))
    return Talk(
        conversation,
        tx.customers.get(conversation.customer_id),
        tx.handovers.current(conversation_id),
        lines,
        tx.orders.of_customer(conversation.customer_id, 5),
    )


def _states(tx: Tx, ids: list[int]) -> dict[int, tuple[str, str | None]]:
    """What became of messages on their way out: state and reason, by message."""
    found = select(outbox.c.message_id, outbox.c.state, outbox.c.reason).where(outbox.c.message_id.in_(ids))
    return {number: (state, reason) for number, state, reason in map(tuple, tx.execute(found))}


def _files(tx: Tx, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    columns = ("id", "message_id", "kind", "name", "state")
    found = select(*(attachments.c[name] for name in columns)).where(attachments.c.message_id.in_(ids))
    files: dict[int, list[dict[str, Any]]] = {}
    for row in tx.execute(found.order_by(attachments.c.id)):
        files.setdefault(row.message_id, []).append(dict(row._mapping))
    return files


def file_of(tx: Tx, attachment_id: int) -> str | None:
    """The stored file's name in the media folder; None where there is none."""
    found = select(attachments.c.file).where(
        attachments.c.id == attachment_id, attachments.c.state == "stored"
    )
    name: str | None = tx.execute(found).scalar_one_or_none()
    return name
