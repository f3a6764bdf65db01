"""Return visits and what they found"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant, Key

revision = "0012"
down_revision = "0011"

TABLE = "return_visits"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", Key, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("customer_id", Key, nullable=False),
        sa.Column("order_id", Key, nullable=True),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_return_visits_customer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_return_visits_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_visits")),
        sa.UniqueConstraint("key", name=op.f("uq_return_visits_key")),
    )
    for column in ("customer_id", "order_id", "decided_at", "asked_at", "answered_at"):
        op.create_index(op.f(f"ix_return_visits_{column}"), TABLE, [column])


def downgrade() -> None:
    op.drop_table(TABLE)
