"""What the console shows of a conversation: everything that happened in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from storage import Tx
from storage.conversations import Conversation
from storage.customers import Customer
from storage.handovers import Handover, OwnerEvent
from storage.schema import attachments, conversations, outbox
from storage.windows import ReplyWindow

LINES = 200
"""Messages a conversation shows, the last ones."""
PARTS = dict.fromkeys(
    ("choice", "event", "location", "contact", "buttons", "files", "delivery", "skill", "agent_id")
)
"""What a line may have besides words."""


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
    window: ReplyWindow | None
    """What the platform lets us write, where it limits that."""
    undoes: dict[int, str]
    """What taking back the reply of a number undoes besides."""


def talk(tx: Tx, conversation_id: int) -> Talk | None:
    """Everything about that conversation, or None where there is none."""
    conversation = tx.conversations.known(conversation_id)
    if conversation is None:
        return None
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
    begun, events = tx.handovers.current(conversation_id), tx.handovers.events(conversation_id)
    lines += [
        Line(
            "owner", e.seq, e.at, e.by, e.user_id, e.move, {**PARTS, "agent_id": e.agent_id, "skill": e.skill}
        )
        for e in events
    ]
    lines = [one for one in lines if one.seq >= first - 1]
    lines.sort(key=lambda one: (one.seq, one.kind != "message", one.at))
    return Talk(
        conversation,
        tx.customers.get(conversation.customer_id),
        begun,
        lines,
        tx.windows.get(conversation_id),
        _undoes(conversation, begun, events),
    )


def _undoes(conversation: Conversation, begun: Handover | None, events: list[OwnerEvent]) -> dict[int, str]:
    found = {e.reply: e.move for e in events if e.reply is not None and e.revision == conversation.revision}
    if begun is not None and begun.snoozed_until and begun.snoozed_with is not None:
        found[begun.snoozed_with] = "snooze"
    return found


def _states(tx: Tx, ids: list[int]) -> dict[int, tuple[str, str | None, datetime | None]]:
    """What became of messages on their way out: state, reason, and when one that was not tried leaves."""
    columns = ("message_id", "state", "reason", "due_at", "attempts")
    found = select(*(outbox.c[name] for name in columns)).where(outbox.c.message_id.in_(ids))
    return {
        number: (state, reason, due_at if state == "pending" and not attempts else None)
        for number, state, reason, due_at, attempts in map(tuple, tx.execute(found))
    }


def _files(tx: Tx, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    columns = ("id", "message_id", "kind", "name", "state")
    found = select(*(attachments.c[name] for name in columns)).where(attachments.c.message_id.in_(ids))
    files: dict[int, list[dict[str, Any]]] = {}
    for row in tx.execute(found.order_by(attachments.c.id)):
        files.setdefault(row.message_id, []).append(dict(row._mapping))
    return files


def file_of(tx: Tx, attachment_id: int) -> tuple[str, int] | None:
    """The stored file's name in the media folder, and its customer's id; None where there is none."""
    found = (
        select(attachments.c.file, conversations.c.customer_id)
        .join(conversations, conversations.c.id == attachments.c.conversation_id)
        .where(attachments.c.id == attachment_id, attachments.c.state == "stored")
    )
    row = tx.execute(found).one_or_none()
    return (row.file, row.customer_id) if row and row.file else None
