"""Who works in the console: users, their sign-ins, and what they did."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, true

from storage.schema.naming import metadata
from storage.types import Document, Instant, Key

users = Table(
    "users",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),  # to sign in with: small letters
    Column("shown", String(100), nullable=False),  # to colleagues
    Column("role", String(16), nullable=False),  # agent expert supervisor admin
    Column("password", Text, nullable=False),  # argon2's hash
    Column("staff_id", Key, ForeignKey("staff.id"), unique=True),  # the same person, where orders go to them
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("once", Boolean, nullable=False, server_default=false()),  # the password is to be changed first
    Column("subject", Text),  # issuer#sub: who they are at the provider of single sign-on
    Column("totp_secret", String(64)),  # base32; none: no second factor
    Column("totp_last", Integer),  # the step of the last code taken: none is taken twice
    Column("recovery", Document, nullable=False, server_default="[]"),  # digests of codes not used yet
    Column("preferences", Document, nullable=False, server_default="{}"),  # what differs from the usual
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_users_subject", "subject", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # of the token in the cookie
    Column("user_id", Key, ForeignKey("users.id"), nullable=False, index=True),
    Column("address", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),  # whatever happens until then
    Column("partial", Boolean, nullable=False, server_default=false()),  # the code is still wanted
)

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("key", String(80), primary_key=True),  # an account or a network address, as a digest
    Column("failures", Integer, nullable=False),  # in a row
    Column("last_at", Instant, nullable=False, index=True),
    Column("locked_until", Instant),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("user_id", Key, ForeignKey("users.id")),  # none: nobody who is known
    Column("action", String(32), nullable=False),
    Column("about", String(80)),  # what it was done to: conversation:12, user:3
    Column("address", String(64)),  # from where
    Column("detail", Document, nullable=False),  # codes and ids, never words of customers
    Index("ix_audit_user", "user_id", "at"),
)
