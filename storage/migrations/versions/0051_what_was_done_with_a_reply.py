"""What was done with a conversation together with a reply, so that taking it back undoes that too"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0041"


def upgrade() -> None:
    op.add_column("owner_events", sa.Column("reply", sa.Integer(), nullable=True))
    op.add_column("handovers", sa.Column("snoozed_with", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("handovers", "snoozed_with")
    op.drop_column("owner_events", "reply")
