"""Indexes of references: letting go of a row looks for those that refer to it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

REFERENCES = (
    ("desk_topics", "conversation_id"),
    ("gaps", "conversation_id"),
    ("orders", "conversation_id"),
    ("outbox", "conversation_id"),
    ("ratings", "conversation_id"),
    ("submissions", "conversation_id"),
    ("tasks", "order_id"),
    ("tasks", "conversation_id"),
    ("tasks", "customer_id"),
)
SELDOM_SET = (
    ("notices", "conversation_id"),
    ("notices", "message_id"),
    ("timers", "conversation_id"),
    ("timers", "customer_id"),
)


def upgrade() -> None:
    for table, column in REFERENCES:
        op.create_index(f"ix_{table}_{column}", table, [column])
    for table, column in SELDOM_SET:
        known = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_where=known, sqlite_where=known)


def downgrade() -> None:
    for table, column in (*SELDOM_SET, *REFERENCES):
        op.drop_index(f"ix_{table}_{column}", table)
