"""Which customers turned out to be one person, and the codes by which they prove it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from storage.schema.naming import metadata
from storage.types import Document, Instant, Key

customer_joins = Table(
    "customer_joins",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kept_id", Key, ForeignKey("customers.id"), nullable=False, index=True),
    Column("joined_id", Key, ForeignKey("customers.id"), nullable=False, index=True),
    Column("how", String(16), nullable=False),  # code phone staff
    Column("actor", String(64), nullable=False),  # who did it
    Column("reason", Text, nullable=False),  # of the staff; without personal data
    Column("at", Instant, nullable=False),
    Column("moved", Document, nullable=False),  # ids by table of rows that neither order nor chat leads to
    Column("changed", Document, nullable=False),  # details of the one kept: [before, after]
    Column("undone_at", Instant),
    Column("undone_by", String(64)),
    Column("undone_reason", Text),
    # A customer is part of one other at a time.
    Index("uq_customer_joins_standing", "joined_id", unique=True,
          postgresql_where=text("undone_at IS NULL"), sqlite_where=text("undone_at IS NULL")),
)  # fmt: skip

link_codes = Table(
    "link_codes",
    metadata,
    Column("id", Key, primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("handle", String(8), nullable=False, unique=True),  # the part by which it is found
    Column("salt", String(64), nullable=False),
    Column("hash", String(64), nullable=False),  # of the secret part; the code itself is kept nowhere
    Column("tries", Integer, nullable=False),  # wrong ones
    Column("claimed_by", Key),  # the conversation that gave it rightly and has still to say yes
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

link_attempts = Table(
    "link_attempts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False),
    Column("what", String(16), nullable=False),  # asked wrong
    Column("at", Instant, nullable=False, index=True),
    Index("ix_link_attempts_conversation", "conversation_id", "at"),
)
