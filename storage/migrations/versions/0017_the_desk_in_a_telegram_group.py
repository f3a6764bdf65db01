"""The desk in a Telegram group: topics, what is to be said there, whose account is whose"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant, Key

revision = "0017"
down_revision = "0016"

TABLES = ("telegram_codes", "telegram_links", "desk_posts", "desk_lines", "desk_topics")


def upgrade() -> None:
    op.create_table(
        "desk_topics",
        sa.Column("id", Key, nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=True),
        sa.Column("creating_at", Instant(), nullable=True),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("shut", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("named", sa.String(length=64), nullable=True),
        sa.Column("card_id", sa.Integer(), nullable=True),
        sa.Column("carded", sa.String(length=64), nullable=True),
        sa.Column("pinned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("opened_seq", sa.Integer(), nullable=False),
        sa.Column("fed_seq", sa.Integer(), nullable=False),
        sa.Column("fed_note", Key, nullable=False),
        sa.Column("fed_revision", sa.Integer(), nullable=False),
        sa.Column("failed", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_desk_topics_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_topics")),
        sa.UniqueConstraint("group_id", "conversation_id", name=op.f("uq_desk_topics_group_id")),
    )
    op.create_index("ix_desk_topics_thread", "desk_topics", ["group_id", "thread_id"])
    op.create_table(
        "desk_lines",
        sa.Column("id", Key, nullable=False),
        sa.Column("topic_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", Key, nullable=True),
        sa.Column("detail", Document, nullable=False),
        sa.Column("reply_to", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["desk_topics.id"], name=op.f("fk_desk_lines_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_lines")),
    )
    op.create_index(op.f("ix_desk_lines_topic_id"), "desk_lines", ["topic_id"])
    op.create_table(
        "desk_posts",
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("topic_id", Key, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("note_id", Key, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["desk_topics.id"], name=op.f("fk_desk_posts_topic_id")),
        sa.PrimaryKeyConstraint("group_id", "message_id", name=op.f("pk_desk_posts")),
    )
    op.create_index("ix_desk_posts_topic", "desk_posts", ["topic_id", "seq"])
    op.create_index(op.f("ix_desk_posts_at"), "desk_posts", ["at"])
    op.create_table(
        "telegram_links",
        sa.Column("user_id", Key, nullable=False),
        sa.Column("telegram_id", sa.String(length=32), nullable=False),
        sa.Column("linked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_telegram_links_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_telegram_links")),
        sa.UniqueConstraint("telegram_id", name=op.f("uq_telegram_links_telegram_id")),
    )
    op.create_table(
        "telegram_codes",
        sa.Column("user_id", Key, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_telegram_codes_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_telegram_codes")),
        sa.UniqueConstraint("digest", name=op.f("uq_telegram_codes_digest")),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
