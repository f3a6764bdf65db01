"""What customers wrote is found by its time"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"

CUSTOMERS = sa.text("author = 'customer'")


def upgrade() -> None:
    op.create_index(
        "ix_messages_of_customers",
        "messages",
        ["created_at"],
        postgresql_where=CUSTOMERS,
        sqlite_where=CUSTOMERS,
    )


def downgrade() -> None:
    op.drop_index("ix_messages_of_customers", "messages")
