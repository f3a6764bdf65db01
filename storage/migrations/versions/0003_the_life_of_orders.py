"""The life of orders: versions, moves, who works on them, and what the clock keeps"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.types import Document, Instant, Key

revision = "0003"
down_revision = "0002"

ADDED: dict[str, tuple[sa.Column[Any], ...]] = {
    "customers": (
        sa.Column("level", sa.String(length=16), server_default="normal", nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("opted_out_at", Instant(), nullable=True),
        sa.Column("quiet_hours", Document, nullable=True),
    ),
    "order_events": (
        sa.Column("actor_id", sa.String(length=64), nullable=True),
        sa.Column("move", sa.String(length=32), nullable=True),
        sa.Column("from_status", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ),
    "orders": (
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("escalation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("region", sa.String(length=16), nullable=True),
        sa.Column("customer_level", sa.String(length=16), server_default="normal", nullable=False),
        sa.Column("contact_name", sa.String(length=200), nullable=True),
        sa.Column("contact_phone", sa.String(length=32), nullable=True),
        sa.Column("serial_number", sa.String(length=64), nullable=True),
        sa.Column("assignee_id", Key, nullable=True),
        sa.Column("device_id", Key, nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
    ),
}
INDEXES = (
    "ix_orders_contact_phone",
    "ix_orders_created_at",
    "ix_orders_device_id",
    "ix_orders_load",
    "ix_orders_serial_number",
)
TABLES = (
    "staff",
    "devices",
    "appointments",
    "complaints",
    "notices",
    "promises",
    "quotations",
    "service_log",
    "surveys",
    "tasks",
    "timers",
)

OPEN = sa.text("closed_at IS NULL")

# What happened before, told as moves: each event knows the status before it and the order's version after it.
EVENTS = (
    """UPDATE order_events SET from_status = (
        SELECT earlier.status FROM order_events AS earlier
        WHERE earlier.order_id = order_events.order_id AND earlier.id < order_events.id
        ORDER BY earlier.id DESC LIMIT 1)""",
    """UPDATE order_events SET
        version = (
            SELECT count(*) FROM order_events AS earlier
            WHERE earlier.order_id = order_events.order_id AND earlier.id <= order_events.id
            AND (earlier.from_status IS NULL OR earlier.from_status <> earlier.status)),
        move = CASE
            WHEN from_status = status THEN NULL
            WHEN from_status IS NULL AND status = 'closed' THEN 'solve_alone'
            WHEN from_status IS NULL THEN 'open'
            WHEN status = 'cancelled' THEN 'cancel'
            WHEN status = 'closed' THEN 'close'
        END""",
)
ORDERS = (
    """UPDATE orders SET version = coalesce(
        (SELECT max(version) FROM order_events WHERE order_id = orders.id), 1)""",
    """UPDATE orders SET closed_at = coalesce(
        (SELECT max(at) FROM order_events WHERE order_id = orders.id
         AND (from_status IS NULL OR from_status <> order_events.status)), updated_at)
       WHERE status IN ('closed', 'cancelled')""",
)
CONTACT = {
    "sqlite": """UPDATE orders SET
        contact_name = substr(nullif(json_extract(fields, '$.name'), '-'), 1, 200),
        contact_phone = substr(nullif(json_extract(fields, '$.phone'), '-'), 1, 32),
        serial_number = substr(nullif(json_extract(fields, '$.serial_number'), '-'), 1, 64)""",
    "postgresql": """UPDATE orders SET
        contact_name = left(nullif(fields ->> 'name', '-'), 200),
        contact_phone = left(nullif(fields ->> 'phone', '-'), 32),
        serial_number = left(nullif(fields ->> 'serial_number', '-'), 64)""",
}


def upgrade() -> None:
    op.create_table(
        "staff",
        sa.Column("id", Key, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("regions", Document, nullable=False),
        sa.Column("skills", Document, nullable=False),
        sa.Column("kinds", Document, nullable=False),
        sa.Column("shift", sa.String(length=32), nullable=True),
        sa.Column("load_limit", sa.Integer(), nullable=False),
        sa.Column("deputy_id", Key, nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("away_until", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["deputy_id"], ["staff.id"], name=op.f("fk_staff_deputy_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("code", name=op.f("uq_staff_code")),
    )
    op.create_table(
        "devices",
        sa.Column("id", Key, nullable=False),
        sa.Column("customer_id", Key, nullable=False),
        sa.Column("product", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=64), nullable=True),
        sa.Column("model", sa.String(length=100), nullable=True),
        sa.Column("serial_number", sa.String(length=64), nullable=True),
        sa.Column("purchase_date", sa.String(length=32), nullable=True),
        sa.Column("warranty_basis", sa.String(length=16), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_devices_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
    )
    op.create_index(op.f("ix_devices_customer_id"), "devices", ["customer_id"])
    op.create_index(op.f("ix_devices_serial_number"), "devices", ["serial_number"])
    op.create_table(
        "appointments",
        sa.Column("id", Key, nullable=False),
        sa.Column("order_id", Key, nullable=False),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("slot", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_appointments_order_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_appointments_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
    )
    op.create_index(op.f("ix_appointments_order_id"), "appointments", ["order_id"])
    op.create_index(op.f("ix_appointments_starts_at"), "appointments", ["starts_at"])
    op.create_index(
        "uq_appointments_slot",
        "appointments",
        ["slot"],
        unique=True,
        postgresql_where=sa.text("state = 'standing'"),
        sqlite_where=sa.text("state = 'standing'"),
    )
    op.create_table(
        "complaints",
        sa.Column("order_id", Key, nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("demand", sa.Text(), nullable=True),
        sa.Column("regulator", sa.Boolean(), nullable=False),
        sa.Column("statement_due_at", Instant(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_complaints_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_complaints")),
    )
    op.create_table(
        "notices",
        sa.Column("id", Key, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("order_id", Key, nullable=True),
        sa.Column("conversation_id", Key, nullable=True),
        sa.Column("customer_id", Key, nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reasons", Document, nullable=False),
        sa.Column("message_id", Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_notices_conversation_id")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_notices_customer_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_notices_message_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_notices_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.create_index(op.f("ix_notices_customer_id"), "notices", ["customer_id"])
    op.create_index(op.f("ix_notices_order_id"), "notices", ["order_id"])
    op.create_table(
        "promises",
        sa.Column("id", Key, nullable=False),
        sa.Column("order_id", Key, nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("warn_at", Instant(), nullable=True),
        sa.Column("paused_at", Instant(), nullable=True),
        sa.Column("policy", Document, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_promises_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
        sa.UniqueConstraint("order_id", "what", "round", name=op.f("uq_promises_order_id_what_round")),
    )
    op.create_table(
        "quotations",
        sa.Column("id", Key, nullable=False),
        sa.Column("order_id", Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan", Document, nullable=False),
        sa.Column("lines", Document, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_quotations_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotations")),
        sa.UniqueConstraint("order_id", "version", name=op.f("uq_quotations_order_id_version")),
    )
    op.create_table(
        "service_log",
        sa.Column("id", Key, nullable=False),
        sa.Column("order_id", Key, nullable=False),
        sa.Column("staff_id", Key, nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("parts", Document, nullable=False),
        sa.Column("old_parts", sa.Text(), nullable=True),
        sa.Column("solution", sa.Text(), nullable=True),
        sa.Column("customer_words", sa.Text(), nullable=True),
        sa.Column("filed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_service_log_order_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_service_log_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_log")),
    )
    op.create_index(op.f("ix_service_log_order_id"), "service_log", ["order_id"])
    op.create_table(
        "surveys",
        sa.Column("id", Key, nullable=False),
        sa.Column("order_id", Key, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rating", sa.String(length=16), nullable=True),
        sa.Column("reasons", Document, nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("reminded_at", Instant(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_surveys_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("order_id", "round", name=op.f("uq_surveys_order_id_round")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", Key, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("order_id", Key, nullable=True),
        sa.Column("conversation_id", Key, nullable=True),
        sa.Column("customer_id", Key, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("done_by", sa.String(length=64), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_tasks_conversation_id")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_tasks_customer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_tasks_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["due_at"],
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "timers",
        sa.Column("id", Key, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("job", sa.String(length=32), nullable=False),
        sa.Column("order_id", Key, nullable=True),
        sa.Column("conversation_id", Key, nullable=True),
        sa.Column("customer_id", Key, nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("payload", Document, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_timers_conversation_id")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_timers_customer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_timers_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
        sa.UniqueConstraint("key", name=op.f("uq_timers_key")),
    )
    op.create_index(op.f("ix_timers_due_at"), "timers", ["due_at"])
    op.create_index(op.f("ix_timers_order_id"), "timers", ["order_id"])
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
    for statement in (*EVENTS, *ORDERS, CONTACT[op.get_bind().dialect.name]):
        op.execute(statement)
    op.create_index("ix_orders_contact_phone", "orders", ["contact_phone"])
    op.create_index("ix_orders_created_at", "orders", ["created_at", "id"])
    op.create_index("ix_orders_device_id", "orders", ["device_id"])
    op.create_index("ix_orders_load", "orders", ["assignee_id"], postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_index("ix_orders_serial_number", "orders", ["serial_number"])


def downgrade() -> None:
    for index in INDEXES:
        op.drop_index(index, table_name="orders")
    for table, columns in ADDED.items():
        for column in reversed(columns):
            op.drop_column(table, column.name)
    for table in reversed(TABLES):
        op.drop_table(table)
