"""Canned replies of the console"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant, Key

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "canned_replies",
        sa.Column("id", Key, nullable=False),
        sa.Column("shortcut", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("skill", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
        sa.UniqueConstraint(
            "shortcut", "language", "skill", name=op.f("uq_canned_replies_shortcut_language_skill")
        ),
    )


def downgrade() -> None:
    op.drop_table("canned_replies")
