"""Forbidden words that agents wrote"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant, Key

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "forbidden_hits",
        sa.Column("id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("term", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_forbidden_hits_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forbidden_hits")),
        sa.UniqueConstraint("key", "term", name=op.f("uq_forbidden_hits_key_term")),
    )
    op.create_index(op.f("ix_forbidden_hits_conversation_id"), "forbidden_hits", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("forbidden_hits")
