"""Unfinished reports: reminded of once after a silence, given up after a longer one (C9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from handlers.notices import Wanted, send
from scheduler.rules import Rules
from storage import Tx
from storage.conversations import Conversation
from storage.drafts import Draft

if TYPE_CHECKING:
    from scheduler import Job, Voice

BATCH = 50


def job(rules: Rules) -> Job:
    """The sweep over due drafts; they end so long after the customer's last word."""
    from scheduler import Job

    return Job("drafts", 20, partial(sweep, rules=rules))


def sweep(tx: Tx, now: datetime, voice: Voice, rules: Rules) -> int:
    """Remind of or end up to a batch of due drafts; returns how many."""
    due = tx.drafts.due(now, BATCH)
    for draft in due:
        _work(tx, draft, now, voice, rules)
    return len(due)


def _work(tx: Tx, draft: Draft, now: datetime, voice: Voice, rules: Rules) -> None:
    conversation = tx.conversations.get(draft.conversation_id, lock=True)
    current = tx.drafts.get(draft.conversation_id)
    if current is None or current.due_at > now:
        return  # the customer wrote while we waited for the conversation
    ends_at = current.touched_at + timedelta(hours=rules.draft_expire_hours)
    if now >= ends_at:
        voice.abandon(conversation)
        tx.drafts.clear(conversation.id)
        tx.conversations.save(conversation, now)
        return
    until = _remind(tx, conversation, current, now, voice, rules) if current.state == "open" else None
    if until is not None:
        tx.drafts.postponed(conversation.id, min(until, ends_at))
    else:
        tx.drafts.reminded(conversation.id, ends_at)


def _remind(
    tx: Tx, conversation: Conversation, draft: Draft, now: datetime, voice: Voice, rules: Rules
) -> datetime | None:
    """Remind of it if that may be said now; when to ask again, where it may be said later."""
    key = f"draft:{conversation.id}:{draft.touched_at:%Y%m%dT%H%M%S.%f}"
    wanted = Wanted(key, "draft", "utter_draft_reminder", draft.touched_at)
    verdict = send(tx, voice, conversation, wanted, rules.notices, rules.zone, now)
    return verdict.until if verdict else None
