"""Who talks to us and what was said: customers, conversations, messages and their files, what leaves."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, text

from storage.phones import last_digits
from storage.schema.naming import metadata
from storage.types import Document, Instant, Key

customers = Table(
    "customers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", String(200)),
    Column("phone", String(32), index=True),
    Column("address", Text),
    Column("language", String(8)),
    Column("level", String(16), nullable=False, server_default="normal"),  # normal key long_standing
    Column("zone", String(64)),  # where they live, if it is not the service's time zone
    Column("opted_out_at", Instant),  # since when they want nothing unasked
    Column("quiet_hours", Document),  # their own, instead of the service's
    Column("erased_at", Instant),  # since when nothing of the person is known any more
    # Vouched for by the channel, unlike `phone`, which anybody may type.
    Column("verified_phone", String(32), index=True),
    Column("phone_verified_at", Instant),
    Column("joined_into", Key, index=True),  # the customer that this one turned out to be
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
for _phone in (customers.c.phone, customers.c.verified_phone):
    Index(f"ix_customers_{_phone.name}_end", last_digits(_phone))

conversations = Table(
    "conversations",
    metadata,
    Column("id", Key, primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("peer", String(256), nullable=False),
    Column("customer_id", Key, ForeignKey("customers.id"), nullable=False, index=True),
    Column("own_customer_id", Key),  # the customer it began with, where that one was joined to another
    Column("owner", String(16), nullable=False),  # bot queue agent outside closed
    Column("agent_id", Key),  # which user, where it is one's
    Column("revision", Integer, nullable=False, server_default="0"),  # of the ownership
    Column("language", String(8)),
    Column("state", Document, nullable=False),  # what the dialogue remembers
    Column("choices", Document),  # the buttons offered last: {"seq": n, "buttons": [...]}
    Column("last_seq", Integer, nullable=False),
    Column("waiting_since", Instant),  # the oldest customer message without an answer
    Column("unreachable_since", Instant),
    Column("parked_since", Instant),  # messages wait until the customer writes again
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("channel", "account", "peer"),
    Index("ix_conversations_owner", "owner", postgresql_where=text("owner <> 'bot'"),
          sqlite_where=text("owner <> 'bot'")),
    Index("ix_conversations_resolved", "updated_at", postgresql_where=text("owner = 'closed'"),
          sqlite_where=text("owner = 'closed'")),
)  # fmt: skip

messages = Table(
    "messages",
    metadata,
    Column("id", Key, primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),  # 1..n in the conversation, both directions
    Column("author", String(16), nullable=False),  # customer | bot | system | agent
    Column("user_id", Key),  # which agent
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("external_id", String(256)),  # the platform's id of what came in
    Column("answers", Key, ForeignKey("messages.id"), index=True),  # the message this replies to
    Column("body", Document, nullable=False),
    Column("sent_at", Instant, nullable=False),  # by the platform's clock when it came in
    Column("created_at", Instant, nullable=False),
    Column("waited_since", Instant),  # of a person's answer: since when the customer had waited for it
    UniqueConstraint("conversation_id", "seq"),
    Index("uq_messages_inbound", "channel", "account", "external_id", unique=True,
          postgresql_where=text("external_id IS NOT NULL"), sqlite_where=text("external_id IS NOT NULL")),
    Index("ix_messages_waited_since", "sent_at", postgresql_where=text("waited_since IS NOT NULL"),
          sqlite_where=text("waited_since IS NOT NULL")),
    Index("ix_messages_of_customers", "created_at", postgresql_where=text("author = 'customer'"),
          sqlite_where=text("author = 'customer'")),
)  # fmt: skip

OPEN = text("state IN ('pending', 'sending')")

STUCK = text("state IN ('unknown', 'undeliverable', 'parked')")

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # idempotency key
    Column("message_id", Key, ForeignKey("messages.id"), nullable=False, unique=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("state", String(16), nullable=False),  # pending sending sent parked unknown undeliverable …
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("attempt_at", Instant),
    Column("holder", String(64)),  # who is sending it
    Column("carried_by", Key),  # in the response to which message it left
    Column("reason", String(500)),
    Column("external_id", String(256)),
    Column("sent_at", Instant),
    Column("created_at", Instant, nullable=False),
    Index("ix_outbox_due", "channel", "account", "due_at", postgresql_where=OPEN, sqlite_where=OPEN),
    Index("ix_outbox_heads", "conversation_id", "seq", postgresql_where=OPEN, sqlite_where=OPEN),
    Index("ix_outbox_stuck", "conversation_id", "state", postgresql_where=STUCK, sqlite_where=STUCK),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", Key, primary_key=True),
    Column("message_id", Key, ForeignKey("messages.id"), nullable=False, index=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("order_id", Key, ForeignKey("orders.id"), index=True),
    Column("kind", String(16), nullable=False),
    Column("ref", Text, nullable=False),
    Column("name", String(300), nullable=False),
    Column("mime", String(100), nullable=False),
    Column("size", Integer),
    Column("state", String(16), nullable=False),  # wanted stored gone
    Column("file", String(64)),  # its name under the media folder
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_attachments_wanted", "due_at", postgresql_where=text("state = 'wanted'"),
          sqlite_where=text("state = 'wanted'")),
)  # fmt: skip

drafts = Table(
    "drafts",
    metadata,
    Column("conversation_id", Key, ForeignKey("conversations.id"), primary_key=True),
    Column("form", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # open reminded expired
    Column("touched_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False, index=True),
)
