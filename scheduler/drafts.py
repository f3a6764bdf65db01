"""Unfinished reports: reminded of once after a silence, given up after a longer one (C9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from storage import Tx
from storage.drafts import Draft

if TYPE_CHECKING:
    from scheduler import Job, Voice

BATCH = 50


def job(expire_after_hours: float) -> Job:
    """The sweep over due drafts; they end `expire_after_hours` after the customer's last word."""
    from scheduler import Job

    return Job("drafts", 20, partial(sweep, expire_after=timedelta(hours=expire_after_hours)))


def sweep(tx: Tx, now: datetime, voice: Voice, expire_after: timedelta) -> int:
    """Remind of or end up to a batch of due drafts; returns how many."""
    due = tx.drafts.due(now, BATCH)
    for draft in due:
        _work(tx, draft, now, voice, expire_after)
    return len(due)


def _work(tx: Tx, draft: Draft, now: datetime, voice: Voice, expire_after: timedelta) -> None:
    conversation = tx.conversations.get(draft.conversation_id, lock=True)
    current = tx.drafts.get(draft.conversation_id)
    if current is None or current.due_at > now:
        return  # the customer wrote while we waited for the conversation
    ends_at = draft.touched_at + expire_after
    if now >= ends_at:
        voice.abandon(conversation)
        tx.drafts.clear(conversation.id)
        tx.conversations.save(conversation, now)
        return
    if draft.state == "open" and conversation.owner == "bot" and conversation.unreachable_since is None:
        voice.say(tx, conversation, "utter_draft_reminder", now)
        tx.conversations.save(conversation, now)
    tx.drafts.reminded(conversation.id, ends_at)
