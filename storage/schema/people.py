"""Who works on orders, and who was given which."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text, true

from storage.schema.naming import metadata
from storage.types import Document, Instant, Key

staff = Table(
    "staff",
    metadata,
    Column("id", Key, primary_key=True),
    Column("code", String(32), nullable=False, unique=True),  # as people write it: E17
    Column("name", String(200), nullable=False),
    # engineer installer support specialist reviewer supervisor agent expert
    Column("role", String(16), nullable=False),
    Column("phone", String(32)),  # told to the customer with a visit
    Column("regions", Document, nullable=False),  # where they go: ["capital", …]
    Column("skills", Document, nullable=False),  # products and brands they know
    Column("kinds", Document, nullable=False),  # kinds of order they take
    Column("shift", String(32)),  # a shift's name in the settings; none: every one
    Column("load_limit", Integer, nullable=False),  # open orders at once
    Column("deputy_id", Key, ForeignKey("staff.id")),  # AB 角
    Column("active", Boolean, nullable=False, server_default=true()),  # people leave, their orders stay
    Column("away_until", Instant),
    Column("given_at", Instant),  # when they were last given an order
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

dispatches = Table(
    "dispatches",
    metadata,
    Column("id", Key, primary_key=True),
    Column("order_id", Key, ForeignKey("orders.id"), nullable=False, index=True),
    Column("round", Integer, nullable=False),  # the order's round it was decided in
    Column("at", Instant, nullable=False),
    Column("staff_id", Key, ForeignKey("staff.id")),  # none: the supervisors' queue
    Column("decided_by", String(64), nullable=False),  # rules, or who named them
    Column("decision", Document),  # every candidate with reasons, where the rules decided
    Column("outcome", String(16)),  # declined silent away named: why they have it no more
    Column("reason", Text),
    Column("ended_at", Instant),
)
