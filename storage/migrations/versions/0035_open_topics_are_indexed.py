"""Topics in use or still open are looked for every few seconds, among all there ever were"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0031"

OPEN = sa.text("in_use OR (NOT shut AND thread_id IS NOT NULL)")


def upgrade() -> None:
    op.create_index(
        "ix_desk_topics_open", "desk_topics", ["group_id"], postgresql_where=OPEN, sqlite_where=OPEN
    )


def downgrade() -> None:
    op.drop_index("ix_desk_topics_open", "desk_topics")
