"""Files that hold orders which are no longer in the database"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant, Key

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "archives",
        sa.Column("id", Key, nullable=False),
        sa.Column("file", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("first_number", sa.String(length=20), nullable=False),
        sa.Column("last_number", sa.String(length=20), nullable=False),
        sa.Column("ended_from", Instant(), nullable=False),
        sa.Column("ended_to", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archives")),
        sa.UniqueConstraint("file", name=op.f("uq_archives_file")),
    )


def downgrade() -> None:
    op.drop_table("archives")
