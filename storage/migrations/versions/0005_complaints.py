"""Complaints: why they are severe, what they are about, what was committed to and stated"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for column in _added():
        op.add_column("complaints", column)


def downgrade() -> None:
    for column in reversed(_added()):
        op.drop_column("complaints", column.name)


def _added() -> list[sa.Column[Any]]:
    return [
        sa.Column("signs", Document, server_default="[]", nullable=False),
        sa.Column("about", sa.String(length=20), nullable=True),
        sa.Column("plan_by", Instant(), nullable=True),
        sa.Column("planned_at", Instant(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("statement_at", Instant(), nullable=True),
        sa.Column("additions", sa.Integer(), server_default="0", nullable=False),
    ]
