"""What people changed of the catalogue of products, brands and models."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table

from storage.schema.naming import metadata
from storage.types import Document, Instant

catalogue_changes = Table(
    "catalogue_changes",
    metadata,
    Column("section", String(16), primary_key=True),
    Column("code", String(64), primary_key=True),
    Column("entry", Document, nullable=False),
    Column("retired", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(64), nullable=False),
)
