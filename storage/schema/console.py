"""People and conversations: whose each is, notes among colleagues, what live pages have to look at."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.schema.naming import metadata
from storage.types import Instant, Key

OPEN = text("ended_at IS NULL")
WAITING = text("queued_at IS NOT NULL AND ended_at IS NULL")
PUT_OFF = text("snoozed_until IS NOT NULL")

handovers = Table(
    "handovers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False, index=True),  # when a person was given the conversation
    Column("reason", String(32), nullable=False, server_default=""),  # asked urge hazard complaint …
    Column("priority", Integer, nullable=False, server_default="0"),  # the higher the sooner
    Column("skill", String(64)),  # what whoever takes it should know
    Column("queued_at", Instant),  # since when it waits in the queue; none: somebody has it
    Column("agent_id", Key),  # which user has it, or had it last
    Column("taken_at", Instant, index=True),  # when they took it
    Column("answered_at", Instant),  # when the customer first heard from a person
    Column("due_at", Instant),  # when the clock looks at it
    Column("step", Integer, nullable=False, server_default="0"),  # how often nobody came in time
    Column("ended_at", Instant, index=True),
    Column("outcome", String(16)),  # bot closed
    Column("promised_at", Instant),  # by when somebody answers, where nobody worked when it was asked for
    Column("told_at", Instant),  # when the customer was told their place last …
    Column("told_ahead", Integer),  # … with so many ahead
    Column("told_minutes", Integer),  # … and so long to wait
    Column("snoozed_until", Instant),  # put off by its agent until then …
    Column("snoozed_with", Integer),  # … together with the reply of that number
    Column("woken_at", Instant),  # when that time came, or the customer wrote; none: answered since
    Index("uq_handovers_open", "conversation_id", unique=True, postgresql_where=OPEN, sqlite_where=OPEN),
    Index("ix_handovers_queued", "queued_at", postgresql_where=WAITING, sqlite_where=WAITING),
    Index("ix_handovers_due", "due_at", postgresql_where=OPEN, sqlite_where=OPEN),
    Index("ix_handovers_snoozed_until", "snoozed_until", postgresql_where=PUT_OFF, sqlite_where=PUT_OFF),
)

owner_events = Table(
    "owner_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False),
    Column("revision", Integer, nullable=False),  # of the ownership, after it
    Column("at", Instant, nullable=False),
    Column("move", String(16), nullable=False),
    Column("owner", String(16), nullable=False),  # whose it is now
    Column("agent_id", Key, ForeignKey("users.id")),  # which agent's, where it is one's
    Column("skill", String(64)),
    Column("by", String(16), nullable=False),  # bot customer agent supervisor system
    Column("user_id", Key, ForeignKey("users.id")),  # which user did it
    Column("seq", Integer, nullable=False),  # the last message before it
    Column("reply", Integer),  # the number of the reply that it was done together with
    Index("uq_owner_events", "conversation_id", "revision", unique=True),
)

notes = Table(
    "notes",
    metadata,
    Column("id", Key, primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("user_id", Key, nullable=False),  # who wrote it
    Column("seq", Integer, nullable=False),  # the last message before it
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

mentions = Table(
    "mentions",
    metadata,
    Column("note_id", Key, primary_key=True, autoincrement=False),
    Column("user_id", Key, ForeignKey("users.id"), primary_key=True),  # whom it calls
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("read_at", Instant),  # when they looked at the conversation
    Index(
        "ix_mentions_unread",
        "user_id",
        postgresql_where=text("read_at IS NULL"),
        sqlite_where=text("read_at IS NULL"),
    ),
)

submissions = Table(
    "submissions",
    metadata,
    Column("key", String(80), primary_key=True),  # made by the page: a repetition does nothing
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False, index=True),
)

presence = Table(
    "presence",
    metadata,
    Column("user_id", Key, ForeignKey("users.id"), primary_key=True),
    Column("state", String(8), nullable=False),  # online away offline
    Column("since", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),  # when a page of theirs was last open
)

reads = Table(
    "reads",
    metadata,
    Column("user_id", Key, ForeignKey("users.id"), primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), primary_key=True, index=True),
    Column("seq", Integer, nullable=False),  # the last message that they have seen
    Column("at", Instant, nullable=False),
)

signs = Table(
    "signs",
    metadata,
    Column("conversation_id", Key, ForeignKey("conversations.id"), primary_key=True),
    Column("who", String(24), primary_key=True),  # a user's id and page, or: customer
    Column("seen_at", Instant, nullable=False, index=True),  # when they were last there
    Column("writes_at", Instant),  # when they last typed; none: they do not
)

agent_drafts = Table(
    "agent_drafts",
    metadata,
    Column("user_id", Key, ForeignKey("users.id"), primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), primary_key=True, index=True),
    Column("kind", String(8), primary_key=True),  # reply note
    Column("text", Text, nullable=False),  # empty: it was sent or wiped
    Column("marks", String(500), nullable=False),  # articles whose words are in it
    Column("stamp", BigInteger, nullable=False),  # milliseconds of the page's clock, growing
    Column("saved_at", Instant, nullable=False, index=True),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Key, primary_key=True),
    Column("user_id", Key, ForeignKey("users.id"), index=True),  # whose it is; none: everybody's
    Column("name", String(40), nullable=False),
    Column("query", String(500), nullable=False),  # the end of the list's address
    Column("created_at", Instant, nullable=False),
)

live_events = Table(
    "live_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), index=True),
    Column("at", Instant, nullable=False, index=True),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    Column("id", Key, primary_key=True),
    Column("shortcut", String(32), nullable=False),  # what is typed after "/"
    Column("language", String(8), nullable=False),
    Column("skill", String(64), nullable=False),  # for conversations of that skill; empty: for all
    Column("text", Text, nullable=False),
    Column("active", Boolean, nullable=False),  # removed ones stay, so that they are not shipped again
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("shortcut", "language", "skill"),
)

forbidden_hits = Table(
    "forbidden_hits",
    metadata,
    Column("id", Key, primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("user_id", Key, nullable=False),  # who wrote it
    Column("key", String(80), nullable=False),  # of the submission
    Column("term", String(64), nullable=False),  # as the list has it
    Column("severity", String(8), nullable=False),  # stop warn
    Column("sent", Boolean, nullable=False),  # or only tried
    Column("seq", Integer),  # the message that it was sent with
    Column("at", Instant, nullable=False),
    UniqueConstraint("key", "term"),
)
