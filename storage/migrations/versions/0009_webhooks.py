"""What other programs are told of orders"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant, Key

revision = "0009"
down_revision = "0008"

TABLE = "webhook_deliveries"
PENDING = sa.text("state = 'pending'")
SENT = sa.text("state = 'sent'")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", Key, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("receiver", sa.String(length=32), nullable=False),
        sa.Column("order_id", Key, nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_webhook_deliveries_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("receiver", "key", name=op.f("uq_webhook_deliveries_receiver_key")),
    )
    op.create_index(op.f("ix_webhook_deliveries_order_id"), TABLE, ["order_id"])
    for name, columns, where in (
        ("due", ["receiver", "due_at"], PENDING),
        ("heads", ["receiver", "order_id", "id"], PENDING),
        ("sent", ["sent_at"], SENT),
    ):
        op.create_index(
            f"ix_webhook_deliveries_{name}", TABLE, columns, postgresql_where=where, sqlite_where=where
        )


def downgrade() -> None:
    op.drop_table(TABLE)
