"""Attachments: files customers sent, wanted from the platform until they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from storage.schema import attachments, messages
from storage.statements import Prepared

if TYPE_CHECKING:
    from storage.conversations import Conversation
    from storage.transaction import Tx

_WANT = Prepared(
    insert(attachments).returning(attachments.c.id),
    ("message_id", "conversation_id", "state", "attempts", "due_at", "created_at", "kind", "ref", "name",
     "mime", "size"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """One file: wanted, stored under `file`, or gone."""

    id: int
    message_id: int
    conversation_id: int
    order_id: int | None
    kind: str
    ref: str
    name: str
    mime: str
    size: int | None
    state: str
    file: str | None
    attempts: int
    due_at: datetime
    created_at: datetime


class Attachments:
    """The attachments' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def want(self, message_id: int, conversation_id: int, found: dict[str, Any], now: datetime) -> int:
        """Note a file to fetch (`found`: kind, ref, name, mime, size); returns its id."""
        values = {
            "message_id": message_id,
            "conversation_id": conversation_id,
            "state": "wanted",
            "attempts": 0,
            "due_at": now,
            "created_at": now,
            **found,
        }
        return int(self._tx.value(_WANT, values))

    def wanted(self, now: datetime, limit: int = 20) -> list[StoredAttachment]:
        """Files due to be fetched, oldest first."""
        statement = (
            select(attachments)
            .where(attachments.c.state == "wanted", attachments.c.due_at <= now)
            .order_by(attachments.c.due_at)
            .limit(limit)
        )
        return [StoredAttachment(**row._mapping) for row in self._tx.execute(statement)]

    def of_conversation(self, conversation_id: int) -> list[StoredAttachment]:
        """Every file of the conversation, oldest first."""
        statement = select(attachments).where(attachments.c.conversation_id == conversation_id)
        rows = self._tx.execute(statement.order_by(attachments.c.id))
        return [StoredAttachment(**row._mapping) for row in rows]

    def link(self, attachment_ids: list[int], order_id: int, conversation_id: int) -> None:
        """Make files of this conversation part of an order."""
        if attachment_ids:
            self._tx.execute(
                update(attachments)
                .where(
                    attachments.c.id.in_(attachment_ids),
                    attachments.c.conversation_id == conversation_id,
                )
                .values(order_id=order_id)
            )

    def sent(self, room: Conversation, file: str, found: dict[str, Any], now: datetime) -> None:
        """Keep a file of an agent's, already stored, with the conversation's last message.

        `found`: kind, name, mime, size.
        """
        message = select(messages.c.id).where(
            messages.c.conversation_id == room.id, messages.c.seq == room.last_seq
        )
        added = self.want(int(self._tx.execute(message).scalar_one()), room.id, {"ref": "", **found}, now)
        self.change(added, state="stored", file=file)

    def sent_by_agent(self, file: str) -> StoredAttachment | None:
        """The stored file of that name, where it belongs to a message of an agent."""
        found = (
            select(attachments)
            .join(messages, messages.c.id == attachments.c.message_id)
            .where(attachments.c.file == file, attachments.c.state == "stored", messages.c.author == "agent")
        )
        row = self._tx.execute(found).first()
        return StoredAttachment(**row._mapping) if row is not None else None

    def take_back(self, message_id: int) -> list[str]:
        """The message was taken back: its files are shown to nobody any more; the names of those stored."""
        of_it = attachments.c.message_id == message_id
        names = self._tx.execute(select(attachments.c.file).where(of_it, attachments.c.file.is_not(None)))
        found = [str(name) for name in names.scalars()]
        self._tx.execute(update(attachments).where(of_it).values(state="gone", file=None))
        return found

    def change(self, attachment_id: int, **values: Any) -> bool:
        """Record how fetching went; False, and nothing changed, where it is not wanted any more."""
        wanted = (attachments.c.id == attachment_id, attachments.c.state == "wanted")
        return self._tx.execute(update(attachments).where(*wanted).values(**values)).rowcount == 1
