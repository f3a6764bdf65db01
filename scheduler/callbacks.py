"""Promised call-backs: the clock looks whether somebody called, and owns up where nobody did (G7)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from handlers.notices.sending import Wanted, send
from handlers.ownership import CALLBACK
from scheduler.queue import KIND
from scheduler.rules import Rules
from scheduler.timers import Works
from storage import Tx
from storage.tasks import Task
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

LATE = "callback_late"
"""The kind of the supervisors' task."""


def works(rules: Rules) -> Works:
    """What this module does with which timers."""
    return {CALLBACK: partial(_look, rules=rules)}


def _look(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """The time is up: nothing where the task is done, else a word to the customer and a supervisor's task."""
    assert timer.conversation_id is not None
    conversation = tx.conversations.take(timer.conversation_id)
    if conversation is None:
        return False
    task = tx.tasks.get(int(timer.payload["task"]))
    if task is not None and task.done_at is None:
        wanted = Wanted(timer.key, KIND, "utter_callback_late", timer.due_at)
        said = {"hotline": rules.hotline}
        send(tx, voice, conversation, wanted, rules.notices, rules.zone, now, lambda language: said)
        note = f"nobody has called back by {task.due_at:%Y-%m-%d %H:%M} UTC"
        tx.tasks.add(Task(LATE, note, now, None, conversation.id, conversation.customer_id, now))
    tx.timers.done(timer)
    return True
