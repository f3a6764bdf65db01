"""Other programs are told of customers too: deliveries that are about no order"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Key

revision = "0024"
down_revision = "0023"

TABLE = "webhook_deliveries"
OF_CUSTOMERS = sa.text("state = 'pending' AND order_id IS NULL")


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as table:
        table.alter_column("order_id", existing_type=Key, nullable=True)
        table.add_column(sa.Column("customer_id", Key, nullable=True))
        table.create_foreign_key(
            op.f("fk_webhook_deliveries_customer_id"), "customers", ["customer_id"], ["id"]
        )
    known = sa.text("customer_id IS NOT NULL")
    op.create_index(
        op.f("ix_webhook_deliveries_customer_id"), TABLE, ["customer_id"],
        postgresql_where=known, sqlite_where=known,
    )  # fmt: skip
    op.create_index(
        "ix_webhook_deliveries_of_customers", TABLE, ["receiver", "id"],
        postgresql_where=OF_CUSTOMERS, sqlite_where=OF_CUSTOMERS,
    )  # fmt: skip


def downgrade() -> None:
    op.execute("DELETE FROM webhook_deliveries WHERE order_id IS NULL")
    op.drop_index("ix_webhook_deliveries_of_customers", TABLE)
    op.drop_index(op.f("ix_webhook_deliveries_customer_id"), TABLE)
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(op.f("fk_webhook_deliveries_customer_id"), type_="foreignkey")
        table.drop_column("customer_id")
        table.alter_column("order_id", existing_type=Key, nullable=False)
