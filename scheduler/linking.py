"""Chats that were joined with another one are told, wherever it was not asked for (A3)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from handlers.identities.joining import TOLD
from handlers.notices.sending import Wanted, drop, send
from handlers.vocabulary import word
from scheduler.rules import Rules
from scheduler.timers import Works
from storage import Tx
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice


def works(rules: Rules) -> Works:
    """What this module does with which timers."""
    return {TOLD: partial(_tell, rules=rules)}


def _tell(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Tell it at once, at night too: whoever did not want it must be able to undo it."""
    assert timer.conversation_id is not None
    conversation = tx.conversations.take(timer.conversation_id)
    if conversation is None:
        return False
    wanted = Wanted(timer.key, TOLD, "utter_linked_told", timer.due_at, at_night=True)
    standing = {join.id for join in tx.identities.standing(conversation.customer_id)}
    if timer.payload["join"] not in standing:
        drop(tx, conversation, wanted, "parted", now)
        tx.timers.done(timer)
        return True
    others = [
        room for room in tx.conversations.of_customer(conversation.customer_id) if room.id != conversation.id
    ]

    def words(language: str) -> dict[str, Any]:
        channels = dict.fromkeys(word("channel", room.channel, language) for room in others)
        return {"where": ("、" if language == "zh" else ", ").join(channels)}

    verdict = send(tx, voice, conversation, wanted, rules.notices, rules.zone, now, words)
    if verdict is not None and verdict.until is not None:
        tx.timers.later(timer, verdict.until)
    else:
        tx.timers.done(timer)
    return True
