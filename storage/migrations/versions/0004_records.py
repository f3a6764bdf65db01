"""Erasing a customer's data: the records of it, and the files that are to go"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant, Key

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("customers", sa.Column("erased_at", Instant(), nullable=True))
    op.create_table(
        "erasures",
        sa.Column("id", Key, nullable=False),
        sa.Column("customer_id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("orders_kept", sa.Integer(), nullable=False),
        sa.Column("orders_removed", sa.Integer(), nullable=False),
        sa.Column("counts", Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_customer_id"), "erasures", ["customer_id"])
    op.create_table(
        "file_removals",
        sa.Column("id", Key, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_removals")),
    )


def downgrade() -> None:
    op.drop_table("file_removals")
    op.drop_index(op.f("ix_erasures_customer_id"), table_name="erasures")
    op.drop_table("erasures")
    op.drop_column("customers", "erased_at")
