"""Taking back a reply undoes what was done together with it, where nothing has happened since."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from handlers.ownership.moving import Mover, move
from handlers.ownership.settings import QueueSettings

if TYPE_CHECKING:
    from storage import Tx
    from storage.conversations import Conversation

MOVED_ON = "moved_on"
"""It stays as it is: somebody moved it since, or the customer wrote."""


def undo(
    tx: Tx, conversation: Conversation, seq: int, who: Mover, now: datetime, timing: QueueSettings
) -> str | None:
    """What was done with the reply of that number and is undone: resolve, hand_back, snooze, or MOVED_ON.

    None where nothing was. The conversation is locked; the caller saves it.
    """
    done = next((one for one in tx.handovers.events(conversation.id) if one.reply == seq), None)
    if done is not None:
        if done.revision != conversation.revision or tx.messages.wrote_since(conversation.id, seq):
            return MOVED_ON
        move(tx, conversation, "undo", who, now, timing)
        return done.move
    begun = tx.handovers.current(conversation.id)
    if begun is None or begun.snoozed_with != seq or begun.snoozed_until is None:
        return None
    begun.snoozed_until = begun.snoozed_with = None
    tx.handovers.save(begun)
    return "snooze"
