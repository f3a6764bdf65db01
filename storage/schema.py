"""The tables. A change here needs a migration in `storage/migrations/versions`."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.types import Document, Instant, Key

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

customers = Table(
    "customers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", String(200)),
    Column("phone", String(32), index=True),
    Column("address", Text),
    Column("language", String(8)),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Key, primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("peer", String(256), nullable=False),
    Column("customer_id", Key, ForeignKey("customers.id"), nullable=False, index=True),
    Column("owner", String(16), nullable=False),  # bot | human
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
)  # fmt: skip

messages = Table(
    "messages",
    metadata,
    Column("id", Key, primary_key=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),  # 1..n in the conversation, both directions
    Column("author", String(16), nullable=False),  # customer | bot | system | agent
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("external_id", String(256)),  # the platform's id of what came in
    Column("answers", Key, ForeignKey("messages.id"), index=True),  # the message this replies to
    Column("body", Document, nullable=False),
    Column("sent_at", Instant, nullable=False),  # by the platform's clock when it came in
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("conversation_id", "seq"),
    Index("uq_messages_inbound", "channel", "account", "external_id", unique=True,
          postgresql_where=text("external_id IS NOT NULL"), sqlite_where=text("external_id IS NOT NULL")),
)  # fmt: skip

OPEN = text("state IN ('pending', 'sending')")
STUCK = text("state IN ('unknown', 'undeliverable', 'parked')")

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),  # idempotency key
    Column("message_id", Key, ForeignKey("messages.id"), nullable=False, unique=True),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("account", String(128), nullable=False),
    Column("state", String(16), nullable=False),  # pending sending sent parked unknown undeliverable
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
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False),
    Column("fields", Document, nullable=False),
    Column("promised_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_orders_customer", "customer_id", "created_at"),
)

order_events = Table(
    "order_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("order_id", Key, ForeignKey("orders.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("status", String(32), nullable=False),  # the order's status after this event
    Column("note", Text, nullable=False),
)

order_numbers = Table(
    "order_numbers",
    metadata,
    Column("day", String(8), primary_key=True),  # YYYYMMDD in the service's zone
    Column("last", Integer, nullable=False),
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

ratings = Table(
    "ratings",
    metadata,
    Column("id", Key, primary_key=True),
    Column("article", String(128), nullable=False, index=True),
    Column("version", String(32), nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("language", String(8)),
)

gaps = Table(
    "gaps",
    metadata,
    Column("id", Key, primary_key=True),
    Column("text", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("conversation_id", Key, ForeignKey("conversations.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("product", String(64)),
)

articles = Table(
    "articles",
    metadata,
    Column("id", Key, primary_key=True),
    Column("article", String(128), nullable=False),
    Column("language", String(8), nullable=False),
    Column("version", String(32), nullable=False),
    Column("state", String(16), nullable=False),  # draft | review | published | retired
    Column("title", String(300), nullable=False),
    Column("file", Text, nullable=False),  # where an export writes it
    Column("text", Text, nullable=False),  # the Markdown file
    Column("digest", String(64), nullable=False),  # of the text without its state, and the pictures
    Column("files", Document, nullable=False),  # its pictures: {name in the text: digest}
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(64), nullable=False),
    UniqueConstraint("article", "language", "version"),
    Index("ix_articles_published", "state", postgresql_where=text("state = 'published'"),
          sqlite_where=text("state = 'published'")),
)  # fmt: skip

article_events = Table(
    "article_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(16), nullable=False),
    Column("article", String(128), nullable=False, index=True),
    Column("language", String(8), nullable=False),
    Column("version", String(32), nullable=False),
)

article_files = Table(
    "article_files",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Key, nullable=False),
)

reply_windows = Table(
    "reply_windows",
    metadata,
    Column("conversation_id", Key, ForeignKey("conversations.id"), primary_key=True),
    Column("opened_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("left", Integer, nullable=False),
)

access_tokens = Table(
    "access_tokens",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("account", String(128), primary_key=True),
    Column("token", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("forced_at", Instant),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Instant, nullable=False),
)
