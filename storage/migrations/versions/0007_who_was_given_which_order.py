"""Who was given which order, and why"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant, Key

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("staff", sa.Column("given_at", Instant(), nullable=True))
    op.create_table(
        "dispatches",
        sa.Column("id", Key, nullable=False),
        sa.Column("order_id", Key, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decision", Document, nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_dispatches_order_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_dispatches_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
    )
    op.create_index(op.f("ix_dispatches_order_id"), "dispatches", ["order_id"])


def downgrade() -> None:
    op.drop_table("dispatches")
    op.drop_column("staff", "given_at")
