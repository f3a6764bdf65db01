"""What is old enough to be let go of, and its going; files are only noted (`records.doom`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, insert, or_, select, update

from storage.personal import TABLES, joined, of_customer
from storage.records import MEDIA, SOME
from storage.schema import (
    archives,
    attachments,
    conversations,
    customer_joins,
    customers,
    desk_lines,
    desk_posts,
    desk_topics,
    messages,
    metadata,
    notices,
    orders,
    outbox,
    tasks,
)

if TYPE_CHECKING:
    from storage.transaction import Tx

Document = dict[str, Any]
_WHOM = ("id", "name", "phone", "address", "language", "level")


@dataclass(frozen=True, slots=True)
class Archive:
    """A file of orders; numbers and moments of the first and last in it."""

    file: str
    sha256: str
    orders: int
    first_number: str
    last_number: str
    ended_from: datetime
    ended_to: datetime
    created_at: datetime


_ARCHIVE = [archives.c[part.name] for part in fields(Archive)]


class Retention:
    """The repository of what has become old."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def ended_before(self, moment: datetime, limit: int) -> list[int]:
        """The first orders that ended earlier, locked; an open one is none of them."""
        old = (orders.c.created_at < moment, orders.c.closed_at < moment)  # the first for the index
        found = select(orders.c.id).where(*old).order_by(orders.c.created_at, orders.c.id).limit(limit)
        return [row[0] for row in self._tx.execute(found.with_for_update())]

    def whole(self, order_ids: Sequence[int]) -> list[Document]:
        """Each order with its customer and every row that belongs to it, by table."""
        found: dict[int, Document] = {}
        whom = select(*(customers.c[name] for name in _WHOM)).add_columns(orders.c.id.label("of"))
        joined = whom.join(orders, orders.c.customer_id == customers.c.id).where(orders.c.id.in_(order_ids))
        people = {row.of: {name: getattr(row, name) for name in _WHOM} for row in self._tx.execute(joined)}
        for row in self._tx.execute(
            select(orders).where(orders.c.id.in_(order_ids)).order_by(orders.c.number)
        ):
            found[row.id] = {"order": dict(row._mapping), "customer": people[row.id]}
        for one in TABLES:
            if "order_id" not in one.table.c:
                continue
            rows = select(one.table).where(one.table.c.order_id.in_(order_ids))
            for row in self._tx.execute(rows.order_by(*one.table.primary_key.columns)):
                found[row.order_id].setdefault(str(one.table.name), []).append(dict(row._mapping))
        return list(found.values())

    def keep(self, archive: Archive) -> None:
        """Note the file; from now on it counts."""
        self._tx.execute(
            insert(archives), {part.name: getattr(archive, part.name) for part in fields(Archive)}
        )

    def replace(self, file: str, archive: Archive | None) -> None:
        """Another file, or none, takes the place of that one."""
        self._tx.execute(delete(archives).where(archives.c.file == file))
        if archive is not None:
            self.keep(archive)

    def archives(self) -> list[Archive]:
        """Every file that counts, the oldest orders first."""
        found = select(*_ARCHIVE).order_by(archives.c.first_number, archives.c.id)
        return [Archive(*tuple(row)) for row in self._tx.execute(found)]

    def silent_since(self, moment: datetime, behind: int, limit: int) -> list[int]:
        """Older conversations behind that id without an open order, locked: what was said then may go."""
        current = exists().where(orders.c.conversation_id == conversations.c.id, orders.c.closed_at.is_(None))
        found = select(conversations.c.id).where(
            conversations.c.id > behind, conversations.c.created_at < moment, ~current
        )
        found = found.order_by(conversations.c.id).limit(limit).with_for_update()
        return [row[0] for row in self._tx.execute(found)]

    def forget_talk(self, conversation_ids: Sequence[int], moment: datetime, now: datetime) -> int:
        """Remove what was said there earlier, files too; how many messages."""
        said = and_(messages.c.conversation_id.in_(conversation_ids), messages.c.created_at < moment)
        old = select(messages.c.id).where(said)
        if self._tx.execute(old.limit(1)).one_or_none() is None:
            return 0
        self._forget_files(attachments.c.message_id.in_(old), now)
        self._tx.execute(delete(attachments).where(attachments.c.message_id.in_(old)))
        self._tx.execute(delete(outbox).where(outbox.c.message_id.in_(old)))
        self._tx.execute(update(notices).where(notices.c.message_id.in_(old)).values(message_id=None))
        self._tx.execute(update(messages).where(messages.c.answers.in_(old)).values(answers=None))
        return int(self._tx.execute(delete(messages).where(said)).rowcount)

    def forget_conversations(self, conversation_ids: Sequence[int], moment: datetime) -> int:
        """Remove those with nothing in them where nothing happened since; customers with their last."""
        left = or_(
            exists().where(messages.c.conversation_id == conversations.c.id),
            exists().where(orders.c.conversation_id == conversations.c.id),
        )
        found = select(conversations.c.id, conversations.c.customer_id).where(
            conversations.c.id.in_(conversation_ids), conversations.c.updated_at < moment, ~left
        )
        gone = [tuple(row) for row in self._tx.execute(found)]
        self._remove(conversations, "conversation_id", [row[0] for row in gone])
        theirs = or_(
            exists().where(conversations.c.customer_id == customers.c.id),
            exists().where(orders.c.customer_id == customers.c.id),
        )
        alone = select(customers.c.id).where(customers.c.id.in_({row[1] for row in gone}), ~theirs)
        for (customer_id,) in self._tx.execute(alone).all():
            ids = [row[0] for row in self._tx.execute(joined(customer_id))]
            self._tx.execute(delete(customer_joins).where(of_customer(customer_joins, customer_id)))
            self._remove(customers, "customer_id", ids)
        return len(gone)

    def _remove(self, table: Table, link: str, ids: Sequence[int]) -> None:
        """These rows with every row that leads to them."""
        for start in range(0, len(ids), SOME):
            some = ids[start : start + SOME]
            if table is conversations:
                topics = select(desk_topics.c.id).where(desk_topics.c.conversation_id.in_(some))
                for said in (desk_lines, desk_posts):
                    self._tx.execute(delete(said).where(said.c.topic_id.in_(topics)))
            for other in reversed(metadata.sorted_tables):
                if link in other.c and other.c[link].foreign_keys:
                    self._tx.execute(delete(other).where(other.c[link].in_(some)))
            self._tx.execute(delete(table).where(table.c.id.in_(some)))

    def forget_media(self, moment: datetime, limit: int, now: datetime) -> int:
        """Let go of files that came earlier, unless their order is open; how many."""
        current = exists().where(orders.c.id == attachments.c.order_id, orders.c.closed_at.is_(None))
        old = (attachments.c.state == "stored", attachments.c.created_at < moment, ~current)
        found = select(attachments.c.id).where(*old).order_by(attachments.c.id).limit(limit)
        ids = [row[0] for row in self._tx.execute(found.with_for_update())]
        self._forget_files(attachments.c.id.in_(ids), now)
        self._tx.execute(update(attachments).where(attachments.c.id.in_(ids)).values(state="gone", file=None))
        return len(ids)

    def _forget_files(self, which: ColumnElement[bool], now: datetime) -> None:
        """Those on the shelf, and what visitors of the web chat uploaded."""
        self._tx.records.doom_files(which, now)
        of_web = select(attachments.c.ref).join(
            conversations, conversations.c.id == attachments.c.conversation_id
        )
        uploaded = self._tx.execute(of_web.where(which, conversations.c.channel == "web"))
        self._tx.records.doom([f"{MEDIA}/web/{row[0]}" for row in uploaded if row[0]], now)

    def forget_notices(self, moment: datetime, limit: int) -> int:
        """Remove notices and done tasks that are older, unless their order is open; how many."""
        return self._forget(notices, notices.c.decided_at < moment, limit) + self._forget(
            tasks, tasks.c.done_at < moment, limit
        )

    def _forget(self, table: Table, old: ColumnElement[bool], limit: int) -> int:
        current = exists().where(orders.c.id == table.c.order_id, orders.c.closed_at.is_(None))
        found = select(table.c.id).where(old, ~current).order_by(table.c.id).limit(limit)
        ids = [row[0] for row in self._tx.execute(found)]
        if ids:
            self._tx.execute(delete(table).where(table.c.id.in_(ids)))
        return len(ids)

    def known_files(self, names: Sequence[str]) -> set[str]:
        """Which of these stored files an attachment names."""
        found = select(attachments.c.file).where(attachments.c.file.in_(names))
        return {row[0] for row in self._tx.execute(found)}
