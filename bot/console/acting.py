"""What users do to conversations: each deed is one transaction with its row in the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.cleaning import clean
from bot.console.entering import Visitor
from bot.console.parts import Parts
from bot.messages import Reply
from bot.turns import say
from handlers import ownership
from handlers.ownership import NotMoved
from storage import Tx
from storage.conversations import Conversation

LONGEST = 4000
"""Characters of one reply or note."""
MOVES = ("take", "take_over", "assign", "refer", "release", "hand_back", "resolve")
BACK = "utter_back_from_person"


class BadText(ValueError):
    """A reply or note that cannot be taken; `word` is a key of `problems`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


async def move(parts: Parts, visitor: Visitor, conversation_id: int, name: str, **how: Any) -> None:
    """Change whose the conversation is; raises NotMoved."""
    now = parts.clock()

    def work(tx: Tx) -> Conversation:
        found = tx.conversations.get(conversation_id, lock=True)
        who = ownership.mover(visitor.user)
        ownership.move(tx, found, name, who, now, parts.settings.queue, taking=parts.taking, **how)
        if name == "hand_back":
            parts.voice.keep(found, {"handover": None})
            parts.voice.say(tx, found, BACK, now)
        tx.conversations.save(found, now)
        _noted(tx, visitor, name, found, now, **how)
        return found

    found = await parts.store.transact(work)
    parts.wake(found.channel, found.account)


async def write(
    parts: Parts, visitor: Visitor, conversation_id: int, text: str, key: str, note: bool
) -> bool:
    """Send a reply, or keep a note; False where it was taken before. Raises BadText, NotMoved."""
    text = clean(text, LONGEST + 1).strip()
    if not text or not key or len(key) > 64:
        raise BadText("empty")
    if len(text) > LONGEST:
        raise BadText("too_long")
    now, user = parts.clock(), visitor.user

    def work(tx: Tx) -> Conversation | None:
        found = tx.conversations.get(conversation_id, lock=True)
        if not tx.notes.first(f"{user.id}:{key}", conversation_id, now):
            return None
        if note:
            tx.notes.add(found, user.id, text, now)
        else:
            _answer(tx, found, visitor, text, now)
        _noted(tx, visitor, "note" if note else "reply", found, now, seq=found.last_seq)
        return found

    found = await parts.store.transact(work)
    if found is not None and not note:
        parts.wake(found.channel, found.account)
    return found is not None


def _answer(tx: Tx, found: Conversation, visitor: Visitor, text: str, now: datetime) -> None:
    if found.owner != "agent" or found.agent_id != visitor.user.id:
        raise NotMoved("taken" if found.owner == "agent" else "not_taken", found.owner, found.agent_id)
    say(tx, found, Reply(text), now, author="agent", user_id=visitor.user.id)
    found.choices = None  # what the customer types next answers a person, not a button
    ownership.answered(tx, found, now)
    tx.conversations.save(found, now)


async def be(parts: Parts, visitor: Visitor, state: str) -> None:
    """They are online, away or offline from now on."""
    now, user = parts.clock(), visitor.user

    def work(tx: Tx) -> None:
        moved = ownership.be(tx, user.id, state, now, parts.settings.queue)
        tx.live.note([None, *moved], now)
        tx.audit.note(f"be_{state}", user.id, now, address=visitor.session.address, requeued=moved)

    await parts.store.transact(work)


def _noted(tx: Tx, visitor: Visitor, action: str, found: Conversation, now: datetime, **detail: Any) -> None:
    about, address = f"conversation:{found.id}", visitor.session.address
    tx.audit.note(action, visitor.user.id, now, about=about, address=address, **detail)
    tx.live.note([found.id], now)
