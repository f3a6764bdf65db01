"""Several identities of one customer: joins, and the codes that prove them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant, Key

revision = "0015"
down_revision = "0014"

STANDING = sa.text("undone_at IS NULL")


def upgrade() -> None:
    op.add_column("customers", sa.Column("verified_phone", sa.String(length=32), nullable=True))
    op.add_column("customers", sa.Column("phone_verified_at", Instant(), nullable=True))
    op.add_column("customers", sa.Column("joined_into", Key, nullable=True))
    for column in ("verified_phone", "joined_into"):
        op.create_index(op.f(f"ix_customers_{column}"), "customers", [column])
    op.add_column("conversations", sa.Column("own_customer_id", Key, nullable=True))
    op.create_table(
        "customer_joins",
        sa.Column("id", Key, nullable=False),
        sa.Column("kept_id", Key, nullable=False),
        sa.Column("joined_id", Key, nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("moved", Document, nullable=False),
        sa.Column("changed", Document, nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("undone_by", sa.String(length=64), nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["customers.id"], name=op.f("fk_customer_joins_kept_id")),
        sa.ForeignKeyConstraint(["joined_id"], ["customers.id"], name=op.f("fk_customer_joins_joined_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_joins")),
    )
    for column in ("kept_id", "joined_id"):
        op.create_index(op.f(f"ix_customer_joins_{column}"), "customer_joins", [column])
    op.create_index(
        "uq_customer_joins_standing", "customer_joins", ["joined_id"], unique=True,
        postgresql_where=STANDING, sqlite_where=STANDING,
    )  # fmt: skip
    op.create_table(
        "link_codes",
        sa.Column("id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("handle", sa.String(length=8), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claimed_by", Key, nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_link_codes_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_codes")),
        sa.UniqueConstraint("handle", name=op.f("uq_link_codes_handle")),
    )
    for column in ("conversation_id", "expires_at"):
        op.create_index(op.f(f"ix_link_codes_{column}"), "link_codes", [column])
    op.create_table(
        "link_attempts",
        sa.Column("id", Key, nullable=False),
        sa.Column("conversation_id", Key, nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_link_attempts_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_attempts")),
    )
    op.create_index(op.f("ix_link_attempts_at"), "link_attempts", ["at"])
    op.create_index("ix_link_attempts_conversation", "link_attempts", ["conversation_id", "at"])


def downgrade() -> None:
    for table in ("link_attempts", "link_codes", "customer_joins"):
        op.drop_table(table)
    op.drop_column("conversations", "own_customer_id")
    for column in ("verified_phone", "joined_into"):
        op.drop_index(op.f(f"ix_customers_{column}"), "customers")
    for column in ("joined_into", "phone_verified_at", "verified_phone"):
        op.drop_column("customers", column)
