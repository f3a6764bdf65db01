"""People's answers and the ends of hand-overs are found by their time; what was taken back answers nobody"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant

revision = "0060"
down_revision = "0051"

WAITED = sa.text("waited_since IS NOT NULL")


def upgrade() -> None:
    messages = sa.table("messages", sa.column("body", Document), sa.column("waited_since", Instant))
    taken_back = messages.c.body["withdrawn"].as_string().is_not(None)
    waited = messages.c.waited_since.is_not(None)
    op.execute(sa.update(messages).where(waited, taken_back).values(waited_since=None))
    op.create_index(
        "ix_messages_waited_since", "messages", ["sent_at"], postgresql_where=WAITED, sqlite_where=WAITED
    )
    op.create_index("ix_handovers_ended_at", "handovers", ["ended_at"])


def downgrade() -> None:
    op.drop_index("ix_handovers_ended_at", "handovers")
    op.drop_index("ix_messages_waited_since", "messages")
