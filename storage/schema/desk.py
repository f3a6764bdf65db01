"""The desk in a Telegram group: a topic for each conversation with people, and what is to be said there.

Words of customers stand in none of these tables: what is to be said refers to the messages.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from storage.schema.naming import metadata
from storage.types import Document, Instant, Key

OPEN_TOPIC = "in_use OR (NOT shut AND thread_id IS NOT NULL)"
"""Topics that something may still have to be done to; an index is made for these words."""

desk_topics = Table(
    "desk_topics",
    metadata,
    Column("id", Key, primary_key=True),
    Column("group_id", String(32), nullable=False),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("thread_id", Integer),  # Telegram's number of the topic; none: it is to be made
    Column("creating_at", Instant),  # when Telegram was last asked to make it
    Column("in_use", Boolean, nullable=False),  # people have the conversation, or it waits for them
    Column("shut", Boolean, nullable=False, server_default=false()),  # closed in the group
    Column("named", String(64)),  # a digest of the name it bears
    Column("card_id", Integer),  # the message with summary and buttons
    Column("carded", String(64)),  # a digest of what that says
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Column("opened_seq", Integer, nullable=False),  # the last message that the summary tells
    Column("fed_seq", Integer, nullable=False),  # the last message said or queued to be
    Column("fed_note", Key, nullable=False),  # the last note
    Column("fed_revision", Integer, nullable=False),  # the last change of whose it is
    Column("failed", Document, nullable=False),  # replies told of as not delivered: {seq: state}
    UniqueConstraint(
        "group_id", "conversation_id", name="uq_desk_topics_group_id"
    ),  # as its migration made it
    Index("ix_desk_topics_thread", "group_id", "thread_id"),
    Index(
        "ix_desk_topics_open", "group_id", postgresql_where=text(OPEN_TOPIC), sqlite_where=text(OPEN_TOPIC)
    ),
)

desk_lines = Table(
    "desk_lines",
    metadata,
    Column("id", Key, primary_key=True),
    Column("topic_id", Key, ForeignKey("desk_topics.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # message note owner file history word
    Column("ref", Key),  # which message (its number), note, attachment
    Column("detail", Document, nullable=False),  # codes, names of users, buttons
    Column("reply_to", Integer),  # the message in the group that it answers
    Column("state", String(8), nullable=False),  # pending sending again
    Column("at", Instant, nullable=False),
)

desk_posts = Table(
    "desk_posts",
    metadata,
    Column("group_id", String(32), primary_key=True),
    Column("message_id", Integer, primary_key=True),  # what a member of the group wrote
    Column("topic_id", Key, ForeignKey("desk_topics.id"), nullable=False),
    Column("seq", Integer),  # the message to the customer that it became
    Column("note_id", Key),  # or the note
    Column("at", Instant, nullable=False, index=True),
    Index("ix_desk_posts_topic", "topic_id", "seq"),
)

telegram_links = Table(
    "telegram_links",
    metadata,
    Column("user_id", Key, ForeignKey("users.id"), primary_key=True),
    Column("telegram_id", String(32), nullable=False, unique=True),
    Column("linked_at", Instant, nullable=False),
)

telegram_codes = Table(
    "telegram_codes",
    metadata,
    Column("user_id", Key, ForeignKey("users.id"), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # of the code
    Column("expires_at", Instant, nullable=False),
)
