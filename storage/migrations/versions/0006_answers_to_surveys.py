"""Every answer to a survey, and when what was criticised was handled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("surveys", sa.Column("answers", Document, server_default="[]", nullable=False))
    op.add_column("surveys", sa.Column("handled_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("surveys") as table:
        table.drop_column("handled_at")
        table.drop_column("answers")
