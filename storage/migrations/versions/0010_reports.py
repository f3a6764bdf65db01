"""Reports of whole periods, samples for quality review, hand-overs; what they are counted by"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant, Key

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("figures", Document, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("computed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("kind", "period", name=op.f("uq_reports_kind_period")),
    )
    op.create_table(
        "samples",
        sa.Column("id", Key, nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("order_id", Key, nullable=False),
        sa.Column("drawn_at", Instant(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reviewer", sa.String(length=64), nullable=True),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_samples_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
        sa.UniqueConstraint("order_id", "period", name=op.f("uq_samples_order_id_period")),
    )
    op.create_index("ix_samples_period", "samples", ["period"])
    op.create_table(
        "handovers",
        sa.Column("id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_handovers_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_conversation_id"), "handovers", ["conversation_id"])
    op.create_index(op.f("ix_handovers_at"), "handovers", ["at"])
    op.create_index(op.f("ix_order_events_at"), "order_events", ["at"])
    op.create_index(op.f("ix_promises_settled_at"), "promises", ["settled_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_promises_settled_at"), table_name="promises")
    op.drop_index(op.f("ix_order_events_at"), table_name="order_events")
    op.drop_table("handovers")
    op.drop_table("samples")
    op.drop_table("reports")
