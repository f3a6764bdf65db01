"""What is measured: reports of whole periods, orders drawn for quality review."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from storage.schema.naming import metadata
from storage.types import Document, Instant, Key

reports = Table(
    "reports",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", String(16), nullable=False),  # weekly monthly
    Column("period", String(16), nullable=False),  # 2026-W47 2026-11
    Column("figures", Document, nullable=False),
    Column("revision", Integer, nullable=False),  # one more when it was computed again and differed
    Column("computed_at", Instant, nullable=False),
    UniqueConstraint("kind", "period"),
)

samples = Table(
    "samples",
    metadata,
    Column("id", Key, primary_key=True),
    Column("period", String(16), nullable=False),  # the week its order ended in
    Column("order_id", Key, ForeignKey("orders.id"), nullable=False),
    Column("drawn_at", Instant, nullable=False),
    Column("score", Integer),  # 0 to 100
    Column("marks", Document),  # the mark of each criterion
    Column("note", Text),
    Column("reviewer", String(64)),
    Column("reviewed_at", Instant),
    UniqueConstraint("order_id", "period"),
    Index("ix_samples_period", "period"),
)
