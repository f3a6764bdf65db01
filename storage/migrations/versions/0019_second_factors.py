"""Second factors of users: one-time codes, recovery codes, passwords that hold once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("users", sa.Column("once", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("users", sa.Column("totp_secret", sa.String(64)))
    op.add_column("users", sa.Column("totp_last", sa.Integer))
    op.add_column("users", sa.Column("recovery", Document, nullable=False, server_default="[]"))
    op.add_column("sessions", sa.Column("partial", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("sessions", "partial")
    for name in ("recovery", "totp_last", "totp_secret", "once"):
        op.drop_column("users", name)
