"""Drafts of agents, so that another device finds them and lists show them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant, Key

revision = "0063"
down_revision = "0061"


def upgrade() -> None:
    op.create_table(
        "agent_drafts",
        sa.Column("user_id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("marks", sa.String(500), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_agent_drafts_user_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_agent_drafts_conversation_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "conversation_id", "kind", name=op.f("pk_agent_drafts")),
    )
    for name in ("conversation_id", "saved_at"):
        op.create_index(op.f(f"ix_agent_drafts_{name}"), "agent_drafts", [name])


def downgrade() -> None:
    op.drop_table("agent_drafts")
