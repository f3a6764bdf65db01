"""Who waits in the queue is found by an index, however many hand-overs there were"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"

WAITING = sa.text("queued_at IS NOT NULL AND ended_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_handovers_queued", "handovers", ["queued_at"], postgresql_where=WAITING, sqlite_where=WAITING
    )


def downgrade() -> None:
    op.drop_index("ix_handovers_queued", "handovers")
