"""What happens by the clock: due rows, promises, and what was said of our own accord."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from storage.schema.naming import metadata, where_set
from storage.types import Document, Instant, Key

timers = Table(
    "timers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(128), nullable=False, unique=True),  # setting a timer twice sets it once
    Column("job", String(32), nullable=False),  # which job works on it
    Column("order_id", Key, ForeignKey("orders.id"), index=True),  # to drop an order's timers
    Column("conversation_id", Key, ForeignKey("conversations.id")),
    Column("customer_id", Key, ForeignKey("customers.id")),
    Column("due_at", Instant, nullable=False, index=True),
    Column("payload", Document, nullable=False),  # what the job needs besides
    Column("created_at", Instant, nullable=False),
    where_set("timers", "conversation_id"),
    where_set("timers", "customer_id"),
)

promises = Table(
    "promises",
    metadata,
    Column("id", Key, primary_key=True),
    Column("order_id", Key, ForeignKey("orders.id"), nullable=False),
    Column("what", String(32), nullable=False),  # accept answer visit solve …
    Column("round", Integer, nullable=False),  # the order's round it was given in
    Column("started_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),  # moved on by pauses
    Column("warn_at", Instant),
    Column("paused_at", Instant),  # set while the customer or a part is waited for
    Column("policy", Document, nullable=False),  # the rule it follows, as it was when given
    Column("state", String(16), nullable=False),  # live kept broken dropped
    Column("settled_at", Instant, index=True),
    UniqueConstraint("order_id", "what", "round"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(128), nullable=False, unique=True),  # one decision for each occasion
    Column("kind", String(32), nullable=False),
    Column("order_id", Key, ForeignKey("orders.id"), index=True),  # "why was this not sent?"
    Column("conversation_id", Key, ForeignKey("conversations.id")),  # where it went
    Column("customer_id", Key, ForeignKey("customers.id"), nullable=False, index=True),
    Column("decided_at", Instant, nullable=False),
    Column("decision", String(16), nullable=False),  # sent postponed other_channel task dropped
    Column("reasons", Document, nullable=False),
    Column("message_id", Key, ForeignKey("messages.id")),  # what was said, where something was
    where_set("notices", "conversation_id"),
    where_set("notices", "message_id"),
)

surveys = Table(
    "surveys",
    metadata,
    Column("id", Key, primary_key=True),
    Column("order_id", Key, ForeignKey("orders.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # sent answered expired
    Column("rating", String(16)),  # satisfied neutral dissatisfied
    Column("reasons", Document),  # content attitude result
    Column("comment", Text),
    Column("sent_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("reminded_at", Instant),
    Column("answered_at", Instant),
    Column("answers", Document, nullable=False, server_default="[]"),  # every one, as it was given
    Column("handled_at", Instant),  # when the second handling began
    UniqueConstraint("order_id", "round"),
)

return_visits = Table(
    "return_visits",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(128), nullable=False, unique=True),  # its notice's
    Column("customer_id", Key, ForeignKey("customers.id"), nullable=False, index=True),
    Column("order_id", Key, ForeignKey("orders.id"), index=True),  # the one asked about, if it was one
    Column("decided_at", Instant, nullable=False, index=True),  # when it was made, or came to nothing
    Column("asked_at", Instant, index=True),
    Column("outcome", String(16)),  # fine fault need
    Column("answered_at", Instant, index=True),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("order_id", Key, ForeignKey("orders.id"), index=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), index=True),
    Column("customer_id", Key, ForeignKey("customers.id"), index=True),
    Column("note", Text, nullable=False),
    Column("due_at", Instant),
    Column("done_at", Instant),
    Column("done_by", String(64)),
    Column("created_at", Instant, nullable=False),
    Index("ix_tasks_open", "due_at", postgresql_where=text("done_at IS NULL"),
          sqlite_where=text("done_at IS NULL")),
)  # fmt: skip
