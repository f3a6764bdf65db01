"""Where the tables keep what is known of a customer, and what an erasure makes of it.

Every column that may hold words is named here: a test refuses one that is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Table, case, cast, func, or_, select

from storage.schema import (
    agent_drafts,
    appointments,
    attachments,
    complaints,
    conversations,
    customer_joins,
    customers,
    desk_topics,
    devices,
    dispatches,
    drafts,
    forbidden_hits,
    gaps,
    handovers,
    link_attempts,
    link_codes,
    live_events,
    mentions,
    messages,
    notes,
    notices,
    order_events,
    orders,
    outbox,
    owner_events,
    promises,
    quotations,
    ratings,
    reads,
    reply_windows,
    return_visits,
    samples,
    service_log,
    signs,
    submissions,
    surveys,
    tasks,
    timers,
    webhook_deliveries,
)

CODES = ("product", "brand", "model", "symptoms", "error_code", "category", "warranty")
"""Of an order's fields what stays: what was wrong with which product, no word about whom."""
ERASED_PEER = "erased-"


@dataclass(frozen=True, slots=True)
class Personal:
    """One table: `blank` are the columns an erasure sets, and to what; `kept` hold only codes and figures.

    Of the JSON in `thinned` the named keys stay. Rows of a table that is `dropped` go as a whole.
    """

    table: Table
    blank: Mapping[str, Any] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    thinned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dropped: bool = False


TABLES = (
    Personal(
        customers,
        {
            "name": None,
            "phone": None,
            "address": None,
            "zone": None,
            "quiet_hours": None,
            "verified_phone": None,
        },
        ("language", "level"),
    ),
    Personal(
        customer_joins,
        {"reason": "", "changed": {}, "undone_reason": None},
        ("how", "actor", "moved", "undone_by"),
    ),
    Personal(link_codes, dropped=True),
    Personal(link_attempts, dropped=True),
    Personal(
        conversations,
        {
            "peer": ERASED_PEER + cast(conversations.c.id, String),
            "state": {},
            "choices": None,
            "owner": "bot",
            "agent_id": None,
        },
        ("channel", "account", "language"),
    ),
    Personal(messages, {"external_id": None, "body": {"text": ""}}, ("author", "channel", "account")),
    Personal(
        outbox,
        {"external_id": None, "reason": None},
        ("key", "channel", "account", "state", "holder"),
    ),
    Personal(
        attachments,
        {"ref": "", "name": "", "file": None, "state": "gone", "size": None},
        ("kind", "mime"),
    ),
    Personal(drafts, dropped=True),
    Personal(reply_windows, dropped=True),
    Personal(
        orders,
        {"contact_name": None, "contact_phone": None, "serial_number": None},
        ("number", "request_key", "kind", "status", "priority", "region", "customer_level"),
        {"fields": CODES},
    ),
    Personal(
        order_events,
        {"note": "", "actor_id": case((order_events.c.actor != "customer", order_events.c.actor_id))},
        ("actor", "move", "from_status", "status", "via"),
    ),
    Personal(dispatches, {"reason": None}, ("decided_by", "decision", "outcome")),
    Personal(
        devices,
        {"serial_number": None, "place": None},
        ("product", "brand", "model", "purchase_date", "warranty_basis"),
    ),
    Personal(quotations, {"plan": {}, "decided_by": None}, ("lines", "currency", "state")),
    Personal(
        service_log,
        {"place": None, "done": "", "old_parts": None, "solution": None, "customer_words": None},
        ("parts",),
    ),
    Personal(appointments, kept=("slot", "state")),
    Personal(
        complaints,
        {"cause": None, "demand": None, "plan": None, "statement": None},
        ("category", "severity", "unit", "signs", "about"),
    ),
    Personal(surveys, {"comment": None, "answers": []}, ("state", "rating", "reasons")),
    Personal(return_visits, kept=("key", "outcome")),
    Personal(promises, kept=("what", "policy", "state")),
    Personal(notices, kept=("key", "kind", "decision", "reasons")),
    Personal(timers, kept=("key", "job", "payload")),
    Personal(tasks, {"note": ""}, ("kind", "done_by")),
    Personal(webhook_deliveries, dropped=True),
    Personal(ratings, kept=("article", "version", "language")),
    Personal(samples, {"note": None}, ("period", "reviewer", "marks")),
    Personal(
        handovers,
        {"ended_at": func.coalesce(handovers.c.ended_at, handovers.c.at), "queued_at": None, "due_at": None},
        ("reason", "skill", "outcome"),
    ),
    Personal(owner_events, kept=("move", "owner", "skill", "by")),
    Personal(notes, {"text": ""}),
    Personal(forbidden_hits, kept=("key", "term", "severity")),
    Personal(desk_topics, {"named": None, "carded": None}, ("group_id", "failed")),
    Personal(mentions, dropped=True),
    Personal(submissions, dropped=True),
    Personal(live_events, dropped=True),
    Personal(reads, dropped=True),
    Personal(signs, dropped=True),
    Personal(agent_drafts, dropped=True),
    Personal(gaps, {"text": ""}, ("language", "product")),
)
OTHERS = frozenset(
    (
        *("access_tokens", "archives", "article_events", "article_files", "articles", "audit"),
        *(
            "canned_replies",
            "catalogue_changes",
            "counters",
            "cursors",
            "desk_lines",
            "desk_posts",
            "erasures",
        ),
        *("file_removals", "leases", "order_numbers", "presence", "reports", "saved_views", "sessions"),
        *("sign_in_tries", "staff", "telegram_codes", "telegram_links", "users"),
    )
)
"""Tables about nobody's customer."""


def joined(customer_id: int) -> Select[tuple[int]]:
    """The ids of the customer and of all who turned out to be the same person."""
    tree = select(customers.c.id).where(customers.c.id == customer_id).cte("same_person", recursive=True)
    return select(tree.union(select(customers.c.id).where(customers.c.joined_into == tree.c.id)).c.id)


def of_customer(table: Table, customer_id: int) -> ColumnElement[bool]:
    """Which rows of the table are about the customer: by whatever leads there."""
    ids = joined(customer_id)
    if table is customers:
        return customers.c.id.in_(ids)
    if table is customer_joins:
        return or_(customer_joins.c.kept_id.in_(ids), customer_joins.c.joined_id.in_(ids))
    if table in (conversations, orders, devices):
        return table.c.customer_id.in_(ids)
    theirs = {
        "order_id": select(orders.c.id).where(orders.c.customer_id.in_(ids)),
        "conversation_id": select(conversations.c.id).where(conversations.c.customer_id.in_(ids)),
    }
    ways: list[ColumnElement[bool]] = [
        table.c[name].in_(found) for name, found in theirs.items() if name in table.c
    ]
    if "customer_id" in table.c:
        ways.append(table.c.customer_id.in_(ids))
    return or_(*ways)
