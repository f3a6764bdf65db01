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
    rooms = tx.conversations.take_all(draft.conversation_id for draft in due)
    free = [draft for draft in due if draft.conversation_id in rooms]
    for draft in free:
        _work(tx, draft, rooms[draft.conversation_id], now, voice, rules)
    return len(free)


def _work(
    tx: Tx, draft: Draft, conversation: Conversation, now: datetime, voice: Voice, rules: Rules
) -> None:
    ends_at = draft.touched_at + timedelta(hours=rules.draft_expire_hours)
    if now >= ends_at:
        voice.abandon(conversation)
        tx.drafts.clear(conversation.id)
        tx.conversations.save(conversation, now)
        return
    until = _remind(tx, conversation, draft, now, voice, rules) if draft.state == "open" else None
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
