"""Customers and orders are found by the last digits of a telephone number"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

COLUMNS = (("customers", "phone"), ("customers", "verified_phone"), ("orders", "contact_phone"))


def upgrade() -> None:
    for table, column in COLUMNS:
        end = sa.text(f"substr({column}, length({column}) - 3)")
        op.create_index(f"ix_{table}_{column}_end", table, [end])


def downgrade() -> None:
    for table, column in COLUMNS:
        op.drop_index(f"ix_{table}_{column}_end", table)
