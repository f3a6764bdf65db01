"""What a customer who waits for a person was promised and told (G1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handlers.ownership.waiting import Place
    from storage import Tx
    from storage.conversations import Conversation
    from storage.handovers import Handover


CALLBACK = "callback"
"""The kind of the task that is a promised call, and the job of the timer that looks whether it was done."""
WAITS = {
    (False, False): "utter_queue_place",
    (False, True): "utter_queue_place_time",
    (True, False): "utter_queue_next",
    (True, True): "utter_queue_next_time",
}
"""What is said of the place in the queue: whether it is the first, whether the wait can be guessed."""


def said_of(place: Place) -> str:
    """The response that tells that place."""
    return WAITS[place.ahead == 0, place.minutes is not None]


def promise(tx: Tx, conversation: Conversation, by: datetime, now: datetime) -> None:
    """Nobody works now: somebody answers by that moment, and until then the clock leaves it alone."""
    begun = tx.handovers.current(conversation.id)
    if begun is not None and conversation.owner == "queue":
        begun.promised_at = begun.due_at = by
        begun.told_at, begun.told_ahead, begun.told_minutes = now, None, None
        tx.handovers.save(begun)


def promised(tx: Tx, conversation: Conversation) -> datetime | None:
    """By when somebody answers the customer, where that was promised and is not over."""
    begun = tx.handovers.current(conversation.id) if conversation.owner == "queue" else None
    return begun.promised_at if begun is not None else None


def told(tx: Tx, begun: Handover, place: Place | None, now: datetime) -> None:
    """The customer was told that place; None: there was nothing new to tell."""
    begun.told_at = now
    if place is not None:
        begun.told_ahead, begun.told_minutes = place.ahead, place.minutes
    tx.handovers.save(begun)
