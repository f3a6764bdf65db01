"""Files that hold orders which are no longer in the database."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from storage.schema.naming import metadata
from storage.types import Instant, Key

archives = Table(
    "archives",
    metadata,
    Column("id", Key, primary_key=True),
    Column("file", String(100), nullable=False, unique=True),  # its name in the archive folder
    Column("sha256", String(64), nullable=False),
    Column("orders", Integer, nullable=False),
    Column("first_number", String(20), nullable=False),  # the lowest in it
    Column("last_number", String(20), nullable=False),
    Column("ended_from", Instant, nullable=False),
    Column("ended_to", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
)
