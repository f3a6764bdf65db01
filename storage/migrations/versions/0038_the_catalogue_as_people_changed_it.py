"""The catalogue's entries as people changed them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant

revision = "0038"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "catalogue_changes",
        sa.Column("section", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("entry", Document, nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("section", "code", name=op.f("pk_catalogue_changes")),
    )


def downgrade() -> None:
    op.drop_table("catalogue_changes")
