"""Who users are at the provider of single sign-on"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0045"


def upgrade() -> None:
    op.add_column("users", sa.Column("subject", sa.Text))
    op.create_index("ix_users_subject", "users", ["subject"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_users_subject", "users")
    op.drop_column("users", "subject")
