"""What other programs are told of orders and customers, and whether they have it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from storage.schema.naming import metadata
from storage.types import Instant, Key

PENDING = text("state = 'pending'")
SENT = text("state = 'sent'")
OF_CUSTOMERS = text("state = 'pending' AND order_id IS NULL")
KNOWN = text("customer_id IS NOT NULL")

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(128), nullable=False),  # the webhook-id; a receiver may see it twice
    Column("receiver", String(32), nullable=False),  # by its name in the settings
    Column("order_id", Key, ForeignKey("orders.id"), index=True),  # null: it is about a customer
    Column("event", String(32), nullable=False),
    Column("body", Text, nullable=False),  # the JSON as it is signed; emptied once it is there
    Column("state", String(16), nullable=False),  # pending sent given_up
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("reason", String(200)),  # why the last attempt failed
    Column("sent_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("customer_id", Key, ForeignKey("customers.id")),  # whom it is about, where it is about no order
    UniqueConstraint("receiver", "key"),
    Index("ix_webhook_deliveries_due", "receiver", "due_at", postgresql_where=PENDING, sqlite_where=PENDING),
    Index("ix_webhook_deliveries_heads", "receiver", "order_id", "id", postgresql_where=PENDING,
          sqlite_where=PENDING),
    Index("ix_webhook_deliveries_of_customers", "receiver", "id", postgresql_where=OF_CUSTOMERS,
          sqlite_where=OF_CUSTOMERS),
    Index("ix_webhook_deliveries_customer_id", "customer_id", postgresql_where=KNOWN, sqlite_where=KNOWN),
    Index("ix_webhook_deliveries_sent", "sent_at", postgresql_where=SENT, sqlite_where=SENT),
)  # fmt: skip
