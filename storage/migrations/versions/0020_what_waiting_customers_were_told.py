"""What customers who wait for people were promised and told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Instant

revision = "0020"
down_revision = "0019"

ADDED = {"promised_at": Instant, "told_at": Instant, "told_ahead": sa.Integer, "told_minutes": sa.Integer}


def upgrade() -> None:
    for name, kind in ADDED.items():
        op.add_column("handovers", sa.Column(name, kind()))


def downgrade() -> None:
    for name in reversed(ADDED):
        op.drop_column("handovers", name)
