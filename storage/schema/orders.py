"""Service orders 服务单 and what belongs to one of them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.phones import last_digits
from storage.schema.naming import metadata
from storage.types import Document, Instant, Key

orders = Table(
    "orders",
    metadata,
    Column("id", Key, primary_key=True),
    Column("number", String(20), nullable=False, unique=True),  # SR-YYYYMMDDNNNN
    Column("request_key", String(128), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("status", String(32), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("customer_id", Key, ForeignKey("customers.id"), nullable=False),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("fields", Document, nullable=False),
    Column("promised_at", Instant),
    Column("version", Integer, nullable=False, server_default="1"),  # counts changes; none is lost
    Column("round", Integer, nullable=False, server_default="1"),  # one more with every reopening
    Column("escalation", Integer, nullable=False, server_default="0"),  # 0 none 1 supervisor 2 manager
    Column("region", String(16)),  # of the address; decides promises and dispatch
    Column("customer_level", String(16), nullable=False, server_default="normal"),  # as it was then
    Column("contact_name", String(200)),  # as in the fields, to be searched by
    Column("contact_phone", String(32), index=True),
    Column("serial_number", String(64), index=True),
    # Of `staff` and `devices`, whose rows stay; SQLite could not take a foreign key away again.
    Column("assignee_id", Key),
    Column("device_id", Key, index=True),  # how often was this one repaired
    Column("closed_at", Instant),  # when it came to its end, closed or cancelled
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_orders_customer", "customer_id", "created_at"),
    Index("ix_orders_created_at", "created_at", "id"),  # pages of the newest
    Index("ix_orders_load", "assignee_id", postgresql_where=text("closed_at IS NULL"),
          sqlite_where=text("closed_at IS NULL")),
)  # fmt: skip
Index("ix_orders_contact_phone_end", last_digits(orders.c.contact_phone))

order_events = Table(
    "order_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("order_id", Key, ForeignKey("orders.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False, index=True),  # what happened in a period
    Column("actor", String(64), nullable=False),  # customer bot agent engineer supervisor system
    Column("actor_id", String(64)),  # who exactly: a code of the staff, a login
    Column("via", String(64)),  # the program that acted for them: api:crm
    Column("move", String(32)),  # its name in the table of moves; none for a mere note
    Column("from_status", String(32)),
    Column("status", String(32), nullable=False),  # the order's status after this event
    Column("version", Integer, nullable=False, server_default="1"),  # the order's after this event
    Column("note", Text, nullable=False),  # why, or what was said
)

order_numbers = Table(
    "order_numbers",
    metadata,
    Column("day", String(8), primary_key=True),  # YYYYMMDD in the service's zone
    Column("last", Integer, nullable=False),
)

devices = Table(
    "devices",
    metadata,
    Column("id", Key, primary_key=True),
    Column("customer_id", Key, ForeignKey("customers.id"), nullable=False, index=True),
    Column("product", String(64), nullable=False),
    Column("brand", String(64)),
    Column("model", String(100)),
    Column("serial_number", String(64), index=True),
    Column("purchase_date", String(32)),  # ISO, to the day, the month or the year that was told
    Column("warranty_basis", String(16)),  # what the date rests on: invoice serial told
    Column("place", Text),  # where it stands
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

quotations = Table(
    "quotations",
    metadata,
    Column("id", Key, primary_key=True),
    Column("order_id", Key, ForeignKey("orders.id"), nullable=False),
    Column("version", Integer, nullable=False),  # 1 for the first, one more when it changes
    Column("plan", Document, nullable=False),  # cause, measures, time
    Column("lines", Document, nullable=False),
    Column("total", BigInteger, nullable=False),  # in the currency's smallest unit
    Column("currency", String(3), nullable=False),
    Column("state", String(16), nullable=False),  # asked approved declined replaced
    Column("asked_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String(64)),
    UniqueConstraint("order_id", "version"),
)

service_log = Table(
    "service_log",
    metadata,
    Column("id", Key, primary_key=True),
    Column("order_id", Key, ForeignKey("orders.id"), nullable=False, index=True),
    Column("staff_id", Key, ForeignKey("staff.id")),
    Column("at", Instant, nullable=False),  # when the work was done
    Column("place", Text),
    Column("done", Text, nullable=False),
    Column("parts", Document, nullable=False),  # [{"model": …, "quantity": …}]
    Column("old_parts", Text),  # what became of them
    Column("solution", Text),
    Column("customer_words", Text),
    Column("filed_at", Instant, nullable=False),  # when it was written down; due so many days after `at`
)

appointments = Table(
    "appointments",
    metadata,
    Column("id", Key, primary_key=True),
    Column("order_id", Key, ForeignKey("orders.id"), nullable=False, index=True),
    Column("staff_id", Key, ForeignKey("staff.id")),
    Column("starts_at", Instant, nullable=False, index=True),
    Column("ends_at", Instant, nullable=False),
    Column("slot", String(64), nullable=False),  # whose time it takes; one standing appointment each
    Column("state", String(16), nullable=False),  # standing moved cancelled kept
    Column("created_at", Instant, nullable=False),
    Index("uq_appointments_slot", "slot", unique=True, postgresql_where=text("state = 'standing'"),
          sqlite_where=text("state = 'standing'")),
)  # fmt: skip

complaints = Table(
    "complaints",
    metadata,
    Column("order_id", Key, ForeignKey("orders.id"), primary_key=True),
    Column("category", String(32), nullable=False),  # quality people software other
    Column("severity", String(16), nullable=False),  # normal serious severe
    Column("signs", Document, nullable=False, server_default="[]"),  # why it is as severe
    Column("about", String(20)),  # the number of the order it is about
    Column("cause", Text),
    Column("unit", String(64)),  # responsible
    Column("demand", Text),  # what the customer asks for
    Column("regulator", Boolean, nullable=False),  # was one named or threatened with?
    Column("statement_due_at", Instant),
    Column("statement", Text),  # what was stated to whoever was called in
    Column("statement_at", Instant),
    Column("plan", Text),  # what was committed to
    Column("plan_by", Instant),  # by when
    Column("planned_at", Instant),
    Column("additions", Integer, nullable=False, server_default="0"),  # complaints added to it
)
