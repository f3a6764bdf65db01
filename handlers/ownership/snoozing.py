"""Conversations put off until an exact time: they wake by the clock, or at once when the customer writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from handlers.ownership.moving import NotMoved

if TYPE_CHECKING:
    from handlers.promises.working_time import WorkingTime
    from storage import Tx
    from storage.conversations import Conversation

LONGEST = timedelta(days=60)
"""Nothing is put off for longer."""
PRESETS = ("hour", "hours", "tomorrow", "week")
_SOON = {"hour": timedelta(hours=1), "hours": timedelta(hours=4)}


def preset(name: str, now: datetime, working_time: WorkingTime, zone: str) -> datetime:
    """The moment meant: in one hour, in four, when people work again tomorrow, or next week."""
    if name in _SOON:
        return now + _SOON[name]
    today = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    days = 1 if name == "tomorrow" else 7 - today.weekday()
    return working_time.next_open(today + timedelta(days=days))


def snooze(
    tx: Tx, conversation: Conversation, until: datetime, now: datetime, reply: int | None = None
) -> None:
    """Put the locked conversation off; it stays its agent's. Raises NotMoved.

    `reply` is the number of the reply that it is done together with. Not while the customer waits for an
    answer, nor for ever: `why` is customer_waits or snooze_when.
    """
    begun = tx.handovers.current(conversation.id)
    if conversation.owner != "agent" or begun is None:
        raise NotMoved("not_taken", conversation.owner, conversation.agent_id)
    if conversation.waiting_since is not None:
        raise NotMoved("customer_waits", conversation.owner, conversation.agent_id)
    if not now < until <= now + LONGEST:
        raise NotMoved("snooze_when", conversation.owner, conversation.agent_id)
    begun.snoozed_until, begun.woken_at, begun.snoozed_with = until, None, reply
    tx.handovers.save(begun)


def wake(tx: Tx, conversation: Conversation, now: datetime) -> bool:
    """It is to be looked at again, and says so until it was answered; False where it was not put off."""
    begun = tx.handovers.current(conversation.id)
    if begun is None or begun.snoozed_until is None:
        return False
    begun.snoozed_until, begun.woken_at = None, now
    tx.handovers.save(begun)
    return True
