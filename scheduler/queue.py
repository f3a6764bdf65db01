"""Customers who wait for people: unanswered, they are queued again; not taken, escalated (G4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from handlers import ownership
from handlers.notices.sending import Wanted, send
from scheduler.rules import Rules
from storage import Tx
from storage.conversations import Conversation
from storage.handovers import Handover

if TYPE_CHECKING:
    from scheduler import Job, Voice

SECONDS = 5
KIND = "queue"
"""The kind of notice that customers in the queue get."""
BATCH = 50
REPEATED_FOR = timedelta(days=1)
"""So long a page may repeat what it submitted."""
SIGNS_FOR = timedelta(minutes=10)
"""Nobody asks any more who was there."""
DRAFTS_FOR = timedelta(days=60)
"""So long a reply that was begun waits to be gone on with."""


def job(rules: Rules) -> Job:
    """The sweep over hand-overs that are due, and over agents whose pages are gone."""
    from scheduler import Job

    return Job("queue", SECONDS, partial(sweep, rules=rules))


def sweep(tx: Tx, now: datetime, voice: Voice, rules: Rules) -> int:
    """Work through a batch of them; returns how many."""
    gone = tx.presence.vanished(now - timedelta(seconds=rules.queue.vanished_seconds))
    changed: list[int | None] = _left_behind(tx, now, voice, rules)
    worked = len(gone) + len(changed)
    for user_id in gone:
        changed += [None, *ownership.be(tx, user_id, "offline", now, rules.queue)]
    due = tx.handovers.due(now, BATCH)
    for begun in due:
        conversation = tx.conversations.get(begun.conversation_id, lock=True)
        current = tx.handovers.current(conversation.id)
        if current is not None and current.due_at is not None and current.due_at <= now:
            late = _promise_is_broken(current, now)
            ownership.overdue(tx, conversation, current, now, rules.queue)
            changed.append(conversation.id)
            if late:
                _tell(tx, conversation, current, "utter_queue_late", now, voice, rules, hotline=rules.hotline)
    worked += len(due) + _tell_places(tx, now, voice, rules)
    tx.live.note(changed, now)
    if not worked:
        tx.notes.forget_submissions(now - REPEATED_FOR)
        tx.live.trim(now)
        tx.signs.forget(now - SIGNS_FOR)
        tx.agent_drafts.forget(now - DRAFTS_FOR)
    return worked


def _left_behind(tx: Tx, now: datetime, voice: Voice, rules: Rules) -> list[int | None]:
    """Who may not sign in any more leaves nobody behind: their customers are queued again, and told."""
    queued: list[int | None] = []
    for user_id in tx.handovers.left_behind():
        for conversation in ownership.leave(tx, user_id, now, rules.queue):
            begun = tx.handovers.current(conversation.id)
            assert begun is not None
            _tell(tx, conversation, begun, "utter_agent_left", now, voice, rules)
            queued.append(conversation.id)
    return queued


def _promise_is_broken(begun: Handover, now: datetime) -> bool:
    """Whether nobody came by the time that was promised, and it is noticed now."""
    promised = begun.promised_at
    return promised is not None and promised <= now and begun.step == 0 and begun.answered_at is None


def _tell_places(tx: Tx, now: datetime, voice: Voice, rules: Rules) -> int:
    """Tell those in the queue where they stand now, where that is not what they were told last."""
    if not tx.presence.online():
        return 0
    before, done = now - timedelta(minutes=rules.queue.update_minutes), 0
    for begun in tx.handovers.waiting():
        if begun.told_at is None or begun.told_at > before or done == BATCH:
            continue
        conversation = tx.conversations.take(begun.conversation_id)
        place = ownership.place(tx, conversation, now, rules.queue) if conversation else None
        if conversation is None or place is None:
            continue
        changed = (place.ahead, place.minutes) != (begun.told_ahead, begun.told_minutes)
        said = changed and _tell(
            tx, conversation, begun, ownership.said_of(place), now, voice, rules,
            ahead=place.ahead, minutes=place.minutes,
        )  # fmt: skip
        ownership.told(tx, begun, place if said else None, now)
        done += 1
    return done


def _tell(
    tx: Tx,
    conversation: Conversation,
    begun: Handover,
    response: str,
    now: datetime,
    voice: Voice,
    rules: Rules,
    **values: object,
) -> bool:
    """Tell the customer, where that may be said now."""
    wanted = Wanted(f"{KIND}:{begun.id}:{response}:{now:%m%d%H%M%S}", KIND, response, now)
    verdict = send(tx, voice, conversation, wanted, rules.notices, rules.zone, now, lambda language: values)
    return verdict is not None and verdict.decision == "sent"
