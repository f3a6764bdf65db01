"""Customers who wait for people: unanswered, they are queued again; not taken, escalated (G4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from handlers import ownership
from scheduler.rules import Rules
from storage import Tx

if TYPE_CHECKING:
    from scheduler import Job, Voice

SECONDS = 5
BATCH = 50
REPEATED_FOR = timedelta(days=1)
"""So long a page may repeat what it submitted."""


def job(rules: Rules) -> Job:
    """The sweep over hand-overs that are due, and over agents whose pages are gone."""
    from scheduler import Job

    return Job("queue", SECONDS, partial(sweep, rules=rules))


def sweep(tx: Tx, now: datetime, voice: Voice, rules: Rules) -> int:
    """Work through a batch of them; returns how many."""
    gone = tx.presence.vanished(now - timedelta(seconds=rules.queue.vanished_seconds))
    changed: list[int | None] = []
    for user_id in gone:
        changed += [None, *ownership.be(tx, user_id, "offline", now, rules.queue)]
    due = tx.handovers.due(now, BATCH)
    for begun in due:
        conversation = tx.conversations.get(begun.conversation_id, lock=True)
        current = tx.handovers.current(conversation.id)
        if current is not None and current.due_at is not None and current.due_at <= now:
            ownership.overdue(tx, conversation, current, now, rules.queue)
            changed.append(conversation.id)
    tx.live.note(changed, now)
    if not (gone or due):
        tx.notes.forget_submissions(now - REPEATED_FOR)
        tx.live.trim(now)
    return len(gone) + len(due)
