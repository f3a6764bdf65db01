"""What each user has seen of conversations; resolved conversations by their last change; marks of reviews"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant, Key

revision = "0021"
down_revision = "0020"
CLOSED = sa.text("owner = 'closed'")


def upgrade() -> None:
    op.create_table(
        "reads",
        sa.Column("user_id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reads_user_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_reads_conversation_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "conversation_id", name=op.f("pk_reads")),
    )
    op.create_index(op.f("ix_reads_conversation_id"), "reads", ["conversation_id"])
    op.create_index(
        "ix_conversations_resolved", "conversations", ["updated_at"],
        sqlite_where=CLOSED, postgresql_where=CLOSED,
    )  # fmt: skip
    op.add_column("samples", sa.Column("marks", Document, nullable=True))


def downgrade() -> None:
    op.drop_column("samples", "marks")
    op.drop_index("ix_conversations_resolved", "conversations")
    op.drop_table("reads")
