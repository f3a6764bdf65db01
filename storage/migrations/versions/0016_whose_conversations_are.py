"""Whose conversations are: queue, agents, notes, presence, live pages"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.types import Instant, Key

revision = "0016"
down_revision = "0015"

OPEN = sa.text("ended_at IS NULL")


BEFORE = {"queue": "human", "agent": "human", "closed": "bot", "outside": "human"}


def upgrade() -> None:
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    _carry_over()
    op.create_index(op.f("ix_handovers_taken_at"), "handovers", ["taken_at"])
    op.create_index("ix_handovers_due", "handovers", ["due_at"], postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_index(
        "uq_handovers_open", "handovers", ["conversation_id"], unique=True,
        postgresql_where=OPEN, sqlite_where=OPEN,
    )  # fmt: skip
    _create()


def downgrade() -> None:
    for name in ("live_events", "presence", "submissions", "notes", "owner_events"):
        op.drop_table(name)
    for index in ("uq_handovers_open", "ix_handovers_due", "ix_handovers_taken_at"):
        op.drop_index(index, "handovers")
    for now, before in BEFORE.items():
        op.execute(f"UPDATE conversations SET owner = '{before}' WHERE owner = '{now}'")  # noqa: S608
    for table, columns in _added().items():
        for column in columns:
            op.drop_column(table, column.name)


def _carry_over() -> None:
    """What people had so far waits in the queue; of its hand-overs the last one goes on."""
    op.execute("UPDATE handovers SET ended_at = at, outcome = 'bot'")
    latest = "(SELECT max(id) FROM handovers GROUP BY conversation_id)"
    theirs = "(SELECT id FROM conversations WHERE owner = 'human')"
    op.execute(
        "UPDATE handovers SET ended_at = NULL, outcome = NULL, queued_at = at, due_at = at"  # noqa: S608
        f" WHERE id IN {latest} AND conversation_id IN {theirs}"
    )
    without = "owner = 'human' AND id NOT IN (SELECT conversation_id FROM handovers)"
    op.execute(
        "INSERT INTO handovers (conversation_id, at, queued_at, due_at)"  # noqa: S608
        f" SELECT id, updated_at, updated_at, updated_at FROM conversations WHERE {without}"
    )
    op.execute("UPDATE conversations SET owner = 'queue' WHERE owner = 'human'")


def _create() -> None:
    op.create_table(
        "owner_events",
        sa.Column("id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("move", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=16), nullable=False),
        sa.Column("agent_id", Key, nullable=True),
        sa.Column("skill", sa.String(length=64), nullable=True),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("user_id", Key, nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_owner_events_conversation_id")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_owner_events_agent_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_owner_events_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_events")),
    )
    op.create_index("uq_owner_events", "owner_events", ["conversation_id", "revision"], unique=True)
    op.create_table(
        "notes",
        sa.Column("id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("user_id", Key, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_notes_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_conversation_id"), "notes", ["conversation_id"])
    op.create_table(
        "submissions",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_submissions_conversation_id")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submissions")),
    )
    op.create_index(op.f("ix_submissions_at"), "submissions", ["at"])
    op.create_table(
        "presence",
        sa.Column("user_id", Key, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_presence_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "live_events",
        sa.Column("id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_live_events_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_events")),
    )
    op.create_index(op.f("ix_live_events_conversation_id"), "live_events", ["conversation_id"])
    op.create_index(op.f("ix_live_events_at"), "live_events", ["at"])


def _added() -> dict[str, tuple[sa.Column[Any], ...]]:
    """The new columns of tables that were there before."""
    return {
        "conversations": (
            sa.Column("agent_id", Key, nullable=True),
            sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        ),
        "messages": (sa.Column("user_id", Key, nullable=True),),
        "handovers": (
            sa.Column("reason", sa.String(length=32), server_default="", nullable=False),
            sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
            sa.Column("skill", sa.String(length=64), nullable=True),
            sa.Column("queued_at", Instant(), nullable=True),
            sa.Column("agent_id", Key, nullable=True),
            sa.Column("taken_at", Instant(), nullable=True),
            sa.Column("answered_at", Instant(), nullable=True),
            sa.Column("due_at", Instant(), nullable=True),
            sa.Column("step", sa.Integer(), server_default="0", nullable=False),
            sa.Column("ended_at", Instant(), nullable=True),
            sa.Column("outcome", sa.String(length=16), nullable=True),
        ),
    }
