"""Through which program somebody of the staff moved an order"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("order_events", sa.Column("via", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("order_events", "via")
