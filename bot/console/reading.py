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
"""Messages a conversation shows at first, the last ones, and so many more at each look further back."""
MOST = 2000
"""Messages that are shown at most."""
AROUND = 20
"""Messages before one that a link leads to."""
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
    since: int
    """The number of the first message that was asked for; 0: the last ones."""
    earlier: int
    """The number to look back to for what was said before; 0: nothing was."""
    seen: int
    """The number of the last message shown, the conversation's own where nothing is missing."""


def talk(tx: Tx, conversation_id: int, since: int = 0) -> Talk | None:
    """That conversation with its last messages, or those since a number; None where there is none."""
    conversation = tx.conversations.known(conversation_id)
    if conversation is None:
        return None
    newest = conversation.last_seq
    since = since if 0 < since <= newest - LINES else 0
    said = tx.messages.of_conversation(conversation_id, (since or newest - LINES + 1) - 1, limit=MOST)
    first = said[0].seq if said else 0
    seen = said[-1].seq if len(said) == MOST else newest
    before = tx.messages.of_conversation(conversation_id, before=first, limit=1) if first > 1 else []
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
    lines = [one for one in lines if first - 1 <= one.seq <= seen]
    lines.sort(key=lambda one: (one.seq, one.kind != "message", one.at))
    return Talk(
        conversation,
        tx.customers.get(conversation.customer_id),
        begun,
        lines,
        tx.windows.get(conversation_id),
        _undoes(conversation, begun, events),
        since,
        max(1, first - LINES) if before else 0,
        seen,
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
