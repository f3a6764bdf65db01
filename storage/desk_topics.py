"""Topics of the desk in a Telegram group, and what is still to be said in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.inbox import WITH_PEOPLE
from storage.schema import conversations, desk_lines, desk_posts, desk_topics
from storage.schema.desk import OPEN_TOPIC

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(slots=True)
class Topic:
    """A conversation's topic; changed in place, written by `save`."""

    id: int
    group_id: str
    conversation_id: int
    thread_id: int | None
    creating_at: datetime | None
    in_use: bool
    shut: bool
    named: str | None
    card_id: int | None
    carded: str | None
    pinned: bool
    opened_seq: int
    fed_seq: int
    fed_note: int
    fed_revision: int
    failed: dict[str, str]

    def forget(self) -> None:
        """It is in the group no more: the next one is made anew."""
        self.thread_id = self.creating_at = self.named = self.card_id = self.carded = None
        self.pinned = self.shut = False


@dataclass(frozen=True, slots=True)
class DeskLine:
    """Something to be said in a topic: what `ref` is depends on the kind."""

    id: int
    topic_id: int
    kind: str
    ref: int | None
    detail: dict[str, Any]
    reply_to: int | None
    state: str
    at: datetime


_COLUMNS = [desk_topics.c[part.name] for part in fields(Topic)]
_LINE = [desk_lines.c[part.name] for part in fields(DeskLine)]
_SAVED = [part.name for part in fields(Topic) if part.name not in ("id", "group_id", "conversation_id")]


class DeskTopics:
    """The topics' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def open(self, group_id: str, conversation_id: int, seq: int, note: int, revision: int) -> Topic:
        """A topic is to be made for the conversation; what is up to there is told by its summary."""
        values = {
            "group_id": group_id, "conversation_id": conversation_id, "in_use": True, "opened_seq": seq,
            "fed_seq": seq, "fed_note": note, "fed_revision": revision, "failed": {},
        }  # fmt: skip
        self._tx.execute(insert(desk_topics).values(values))
        found = self.of(group_id, conversation_id)
        assert found is not None
        return found

    def of(self, group_id: str, conversation_id: int) -> Topic | None:
        """The conversation's topic, or None."""
        mine = desk_topics.c.conversation_id == conversation_id
        return self._one(mine, desk_topics.c.group_id == group_id)

    def by_thread(self, group_id: str, thread_id: int) -> Topic | None:
        """The topic with Telegram's number, or None."""
        return self._one(desk_topics.c.thread_id == thread_id, desk_topics.c.group_id == group_id)

    def save(self, topic: Topic) -> None:
        """Write back what was changed."""
        values = {name: getattr(topic, name) for name in _SAVED}
        self._tx.execute(update(desk_topics).where(desk_topics.c.id == topic.id).values(values))

    def busy(self, group_id: str) -> list[int]:
        """The conversations that people have or wait for, and those whose topics are still in use or open."""
        theirs = select(conversations.c.id).where(WITH_PEOPLE)
        open_ones = select(desk_topics.c.conversation_id).where(
            desk_topics.c.group_id == group_id, text(f"({OPEN_TOPIC})")
        )
        return sorted({*self._tx.execute(theirs).scalars(), *self._tx.execute(open_ones).scalars()})

    def say(
        self,
        topic_id: int,
        kind: str,
        now: datetime,
        ref: int | None = None,
        reply_to: int | None = None,
        **detail: Any,
    ) -> None:
        """Queue something to be said in the topic."""
        values = {"topic_id": topic_id, "kind": kind, "ref": ref, "detail": detail, "reply_to": reply_to}
        self._tx.execute(insert(desk_lines).values(**values, state="pending", at=now))

    def lines(self, topic_id: int, limit: int = 100) -> list[DeskLine]:
        """What is still to be said there, in order."""
        found = select(*_LINE).where(desk_lines.c.topic_id == topic_id).order_by(desk_lines.c.id)
        return [DeskLine(*tuple(row)) for row in self._tx.execute(found.limit(limit))]

    def mark(self, ids: Iterable[int], state: str) -> None:
        """These are being said, or are to be said again."""
        self._tx.execute(update(desk_lines).where(desk_lines.c.id.in_(list(ids))).values(state=state))

    def go_on(self, line_id: int, **more: Any) -> None:
        """The line is not done with: this is known of it besides."""
        here = desk_lines.c.id == line_id
        detail = dict(self._tx.execute(select(desk_lines.c.detail).where(here)).scalar_one())
        values = {"detail": {**detail, **more}, "state": "pending"}
        self._tx.execute(update(desk_lines).where(here).values(values))

    def said(self, ids: Iterable[int]) -> None:
        """These were said, or never will be."""
        self._tx.execute(delete(desk_lines).where(desk_lines.c.id.in_(list(ids))))

    def first(self, topic: Topic, message_id: int, now: datetime) -> bool:
        """Whether this message of the group was not taken before; from now on it was."""
        dialect = postgresql if self._tx.row_locks else sqlite
        values = {"group_id": topic.group_id, "message_id": message_id, "topic_id": topic.id, "at": now}
        put = dialect.insert(desk_posts).values(values).on_conflict_do_nothing()
        return self._tx.execute(put.returning(desk_posts.c.message_id)).one_or_none() is not None

    def became(self, topic: Topic, message_id: int, seq: int | None, note_id: int | None) -> None:
        """Remember which message or note it became."""
        here = (desk_posts.c.group_id == topic.group_id, desk_posts.c.message_id == message_id)
        self._tx.execute(update(desk_posts).where(*here).values(seq=seq, note_id=note_id))

    def post(self, group_id: str, message_id: int) -> tuple[int, int | None, int | None] | None:
        """The topic, message number and note of what a member wrote, or None."""
        columns = (desk_posts.c.topic_id, desk_posts.c.seq, desk_posts.c.note_id)
        here = (desk_posts.c.group_id == group_id, desk_posts.c.message_id == message_id)
        row = self._tx.execute(select(*columns).where(*here)).one_or_none()
        return (row.topic_id, row.seq, row.note_id) if row else None

    def written(self, topic_id: int, after_seq: int, after_note: int) -> tuple[set[int], set[int]]:
        """The messages and notes behind those that were written in the topic itself."""
        mine = desk_posts.c.topic_id == topic_id
        seqs = select(desk_posts.c.seq).where(mine, desk_posts.c.seq > after_seq)
        notes = select(desk_posts.c.note_id).where(mine, desk_posts.c.note_id > after_note)
        return set(self._tx.execute(seqs).scalars()), set(self._tx.execute(notes).scalars())

    def forget_posts(self, before: datetime) -> None:
        """Forget what nobody repeats or edits any more."""
        self._tx.execute(delete(desk_posts).where(desk_posts.c.at < before))

    def _one(self, *conditions: Any) -> Topic | None:
        row = self._tx.execute(select(*_COLUMNS).where(*conditions)).one_or_none()
        return Topic(*tuple(row)) if row else None
