"""The tables. A change here needs a migration in `storage/migrations/versions`."""

from storage.schema.archives import archives
from storage.schema.catalogue import catalogue_changes
from storage.schema.clock import notices, promises, return_visits, surveys, tasks, timers
from storage.schema.console import (
    agent_drafts,
    canned_replies,
    forbidden_hits,
    handovers,
    live_events,
    mentions,
    notes,
    owner_events,
    presence,
    reads,
    saved_views,
    signs,
    submissions,
)
from storage.schema.desk import desk_lines, desk_posts, desk_topics, telegram_codes, telegram_links
from storage.schema.identities import customer_joins, link_attempts, link_codes
from storage.schema.knowledge import article_events, article_files, articles, gaps, ratings
from storage.schema.naming import metadata
from storage.schema.orders import (
    appointments,
    complaints,
    devices,
    order_events,
    order_numbers,
    orders,
    quotations,
    service_log,
)
from storage.schema.people import dispatches, staff
from storage.schema.processes import access_tokens, counters, cursors, leases, reply_windows
from storage.schema.records import erasures, file_removals
from storage.schema.reports import reports, samples
from storage.schema.talk import attachments, conversations, customers, drafts, messages, outbox
from storage.schema.users import audit, sessions, sign_in_tries, users
from storage.schema.webhooks import webhook_deliveries

__all__ = [
    "access_tokens",
    "agent_drafts",
    "appointments",
    "archives",
    "article_events",
    "article_files",
    "articles",
    "attachments",
    "audit",
    "canned_replies",
    "catalogue_changes",
    "complaints",
    "conversations",
    "counters",
    "cursors",
    "customer_joins",
    "customers",
    "desk_lines",
    "desk_posts",
    "desk_topics",
    "devices",
    "dispatches",
    "drafts",
    "erasures",
    "file_removals",
    "forbidden_hits",
    "gaps",
    "handovers",
    "leases",
    "link_attempts",
    "link_codes",
    "live_events",
    "mentions",
    "messages",
    "metadata",
    "notes",
    "notices",
    "order_events",
    "order_numbers",
    "orders",
    "outbox",
    "owner_events",
    "presence",
    "promises",
    "quotations",
    "ratings",
    "reads",
    "reply_windows",
    "reports",
    "return_visits",
    "samples",
    "saved_views",
    "service_log",
    "sessions",
    "sign_in_tries",
    "signs",
    "staff",
    "submissions",
    "surveys",
    "tasks",
    "telegram_codes",
    "telegram_links",
    "timers",
    "users",
    "webhook_deliveries",
]
