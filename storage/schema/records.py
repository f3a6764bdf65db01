"""What is known of the keeping of records: who was erased, and which files are to go."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from storage.schema.naming import metadata
from storage.types import Document, Instant, Key

erasures = Table(
    "erasures",
    metadata,
    Column("id", Key, primary_key=True),
    # Of `customers`, whose row may be gone later; the record of the erasure stays.
    Column("customer_id", Key, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),  # who did it
    Column("reason", Text, nullable=False),  # without personal data
    Column("forced", Boolean, nullable=False),  # although orders were open
    Column("orders_kept", Integer, nullable=False),  # without what they said of the person
    Column("orders_removed", Integer, nullable=False),
    Column("counts", Document, nullable=False),  # rows that were changed or removed, by table
)

file_removals = Table(
    "file_removals",
    metadata,
    Column("id", Key, primary_key=True),
    Column("path", Text, nullable=False),  # below the data folder; a folder ends with /
    Column("created_at", Instant, nullable=False),
)
