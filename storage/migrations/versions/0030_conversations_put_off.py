"""Conversations put off until an exact time"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant

revision = "0030"
down_revision = "0024"

TABLE, INDEX = "handovers", "ix_handovers_snoozed_until"
PUT_OFF = sa.text("snoozed_until IS NOT NULL")


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("snoozed_until", Instant(), nullable=True))
    op.add_column(TABLE, sa.Column("woken_at", Instant(), nullable=True))
    op.create_index(INDEX, TABLE, ["snoozed_until"], postgresql_where=PUT_OFF, sqlite_where=PUT_OFF)


def downgrade() -> None:
    op.drop_index(INDEX, table_name=TABLE)
    op.drop_column(TABLE, "woken_at")
    op.drop_column(TABLE, "snoozed_until")
