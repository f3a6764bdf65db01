"""What users prefer: shortcuts, which key sends, what they are told of"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document

revision = "0040"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("users", sa.Column("preferences", Document, nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("users") as table:
        table.drop_column("preferences")
