"""Conversations that were put off wake when their time has come."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from handlers import ownership
from storage import Tx

if TYPE_CHECKING:
    from scheduler import Job, Voice

SECONDS = 5
BATCH = 50


def job() -> Job:
    """The sweep over conversations whose time has come."""
    from scheduler import Job

    return Job("snoozed", SECONDS, sweep)


def sweep(tx: Tx, now: datetime, voice: Voice) -> int:
    """Wake a batch of them; what somebody works on just now is left for the next look."""
    rooms = tx.conversations.take_all(tx.handovers.snoozed(now, BATCH))
    woken = [room.id for room in rooms.values() if _due(tx, room.id, now) and ownership.wake(tx, room, now)]
    tx.live.note(woken, now)
    return len(woken)


def _due(tx: Tx, conversation_id: int, now: datetime) -> bool:
    """Whether it still is, now that nobody else can change it."""
    begun = tx.handovers.current(conversation_id)
    return begun is not None and begun.snoozed_until is not None and begun.snoozed_until <= now
