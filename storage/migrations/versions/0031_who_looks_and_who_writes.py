"""Who looks at a conversation just now, and who writes in it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant, Key

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.create_table(
        "signs",
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("who", sa.String(length=24), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("writes_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_signs_conversation_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", "who", name=op.f("pk_signs")),
    )
    op.create_index(op.f("ix_signs_seen_at"), "signs", ["seen_at"])


def downgrade() -> None:
    op.drop_table("signs")
