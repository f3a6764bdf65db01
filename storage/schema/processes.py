"""What the running processes share: counters, quotas, tokens, cursors, leases."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from storage.schema.naming import metadata
from storage.types import Instant, Key

counters = Table(
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Key, nullable=False),
)

reply_windows = Table(
    "reply_windows",
    metadata,
    Column("conversation_id", Key, ForeignKey("conversations.id"), primary_key=True),
    Column("opened_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("left", Integer, nullable=False),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("account", String(128), primary_key=True),
    Column("token", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("forced_at", Instant),
)

cursors = Table(
    "cursors",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("account", String(128), primary_key=True),
    Column("cursor", String(256), nullable=False),  # as the platform gave it
    Column("moved_at", Instant, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)
