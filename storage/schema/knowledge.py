"""The knowledge base: articles with their versions, and what customers made of them."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.schema.naming import metadata
from storage.types import Document, Instant, Key

ratings = Table(
    "ratings",
    metadata,
    Column("id", Key, primary_key=True),
    Column("article", String(128), nullable=False, index=True),
    Column("version", String(32), nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("language", String(8)),
)

gaps = Table(
    "gaps",
    metadata,
    Column("id", Key, primary_key=True),
    Column("text", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("product", String(64)),
)

articles = Table(
    "articles",
    metadata,
    Column("id", Key, primary_key=True),
    Column("article", String(128), nullable=False),
    Column("language", String(8), nullable=False),
    Column("version", String(32), nullable=False),
    Column("state", String(16), nullable=False),  # draft | review | published | retired
    Column("title", String(300), nullable=False),
    Column("file", Text, nullable=False),  # where an export writes it
    Column("text", Text, nullable=False),  # the Markdown file
    Column("digest", String(64), nullable=False),  # of the text without its state, and the pictures
    Column("files", Document, nullable=False),  # its pictures: {name in the text: digest}
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(64), nullable=False),
    UniqueConstraint("article", "language", "version"),
    Index("ix_articles_published", "state", postgresql_where=text("state = 'published'"),
          sqlite_where=text("state = 'published'")),
)  # fmt: skip

article_events = Table(
    "article_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(16), nullable=False),
    Column("article", String(128), nullable=False, index=True),
    Column("language", String(8), nullable=False),
    Column("version", String(32), nullable=False),
)

article_files = Table(
    "article_files",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
