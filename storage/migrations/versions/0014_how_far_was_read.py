"""How far a platform's log of messages was read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "cursors",
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("cursor", sa.String(length=256), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", name=op.f("pk_cursors")),
    )


def downgrade() -> None:
    op.drop_table("cursors")
