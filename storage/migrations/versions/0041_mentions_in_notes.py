"""Whom notes mention, and when they read it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant, Key

revision = "0041"
down_revision = "0040"

UNREAD = sa.text("read_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "mentions",
        sa.Column("note_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mentions_user_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_mentions_conversation_id")
        ),
        sa.PrimaryKeyConstraint("note_id", "user_id", name=op.f("pk_mentions")),
    )
    op.create_index(op.f("ix_mentions_conversation_id"), "mentions", ["conversation_id"])
    op.create_index(
        "ix_mentions_unread", "mentions", ["user_id"], postgresql_where=UNREAD, sqlite_where=UNREAD
    )


def downgrade() -> None:
    op.drop_table("mentions")
