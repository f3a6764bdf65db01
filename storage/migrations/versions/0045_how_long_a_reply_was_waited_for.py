"""A person's reply keeps since when the customer had waited for it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant

revision = "0045"
down_revision = "0039"


def upgrade() -> None:
    op.add_column("messages", sa.Column("waited_since", Instant(), nullable=True))


def downgrade() -> None:
    op.drop_column("messages", "waited_since")
