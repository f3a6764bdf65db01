"""What users do to conversations: each deed is one transaction with its row in the audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.cleaning import clean
from bot.console.means import Doer, Means
from bot.console.mentioning import callable_users, called
from bot.console.replying import articles
from bot.console.replying.checking import Flag, checking
from bot.messages import AttachmentKind, Enclosed, Reply
from bot.turns import say
from handlers import ownership
from handlers.ownership import NotMoved
from storage import Tx
from storage.conversations import Conversation
from storage.users import User

LONGEST = 4000
"""Characters of one reply or note."""
Became = Callable[[Tx, int | None, int | None], None]
"""Told the number of the message that a writing became, or the id of the note."""
MOVES = ("take", "take_over", "assign", "refer", "release", "hand_back", "resolve")
BACK = "utter_back_from_person"
BEFORE = "before"
"""The part of a conversation's state that is the state before it was handed back together with a reply."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A file of a reply, on disk already: its name in the media folder, its address, what it is called."""

    file: str
    address: str
    kind: AttachmentKind
    name: str
    mime: str
    size: int


class Following(Protocol):
    """What is done with the conversation together with a reply; either raises NotMoved."""

    def check(self, found: Conversation) -> None:
        """Whether it may be, before the reply is written."""
        ...

    def do(self, means: Means, tx: Tx, doer: Doer, found: Conversation, now: datetime) -> None:
        """Do it, behind the reply, which is the conversation's last message."""
        ...


class BadText(ValueError):
    """A reply or note that cannot be taken; `word` is a key of `problems`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class Flagged(BadText):
    """A reply with words that the agent is warned of, or that must not be sent."""

    def __init__(self, flags: list[Flag]) -> None:
        super().__init__("flagged")
        self.flags = flags

    @property
    def stops(self) -> bool:
        """Whether no wish of the agent's sends it."""
        return any(one.stops for one in self.flags)


async def move(means: Means, doer: Doer, conversation_id: int, name: str, **how: Any) -> None:
    """Change whose the conversation is; raises NotMoved."""
    now = means.clock()

    def work(tx: Tx) -> Conversation:
        found = tx.conversations.get(conversation_id, lock=True)
        moved(means, tx, doer, found, name, now, **how)
        return found

    found = await means.store.transact(work)
    means.wake(found.channel, found.account)


def moved(
    means: Means, tx: Tx, doer: Doer, found: Conversation, name: str, now: datetime, **how: Any
) -> None:
    """The same for a locked conversation, which is saved. `how` has `reply` where it is done with one.

    Then the state from before a hand-back is kept until the customer's next turn, to undo it.
    """
    before = {name: part for name, part in found.state.items() if name != BEFORE}
    who = ownership.mover(as_now(tx, doer))
    ownership.move(tx, found, name, who, now, means.settings.queue, taking=means.taking, **how)
    if name == "hand_back":
        means.voice.keep(found, {"handover": None})
        means.voice.say(tx, found, BACK, now)
        means.voice.resume(means.desk_for(tx, found, f"back:{found.id}:{found.revision}", now))
        if how.get("reply") is not None:
            found.state = {**found.state, BEFORE: before}
    tx.conversations.save(found, now)
    noted(tx, doer, name, found, now, **how)


async def write(
    means: Means,
    doer: Doer,
    conversation_id: int,
    text: str,
    key: str,
    note: bool,
    became: Became = lambda tx, seq, note_id: None,
    held: timedelta = timedelta(0),
    anyway: bool = False,
    marks: str = "",
    file: Sending | None = None,
    then: Following | None = None,
    stamp: int = 0,
) -> bool:
    """Send a reply, or keep a note; False where it was taken before. Raises BadText, Flagged, NotMoved.

    `became` is told in the same transaction. A reply leaves after `held` at the earliest; until then
    it can be taken back. `anyway`: also with words that the agent was warned of. `marks`: the articles
    of the knowledge base whose words are in it. `file` is sent with it. `then` happens with the reply or
    neither does. `stamp`: the draft that it was, up to then, is none any more.
    """
    text = clean(text, LONGEST + 1).strip()
    if not (text or file) or not key or len(key) > 64:
        raise BadText("empty")
    if len(text) > LONGEST:
        raise BadText("too_long")
    now, user = means.clock(), doer.user
    found_words = [] if note else checking(means.settings.console.forbidden_words).flags(text)

    def work(tx: Tx) -> Conversation | list[Flag] | None:
        found = tx.conversations.get(conversation_id, lock=True)
        if tx.notes.taken(f"{user.id}:{key}"):
            return None
        as_now(tx, doer)
        if not note:
            theirs(found, doer)
            if then is not None:
                then.check(found)
            if file and means.voice.takes(found, file.kind) is None:
                raise BadText("file_not_here")
            stopped = [one for one in found_words if one.stops or not anyway]
            words = [one for one in found_words if one.listed]
            tx.forbidden.record(
                found, user.id, f"{user.id}:{key}", [(o.term, o.severity) for o in words], not stopped, now
            )
            if stopped:
                return found_words
        if not tx.notes.first(f"{user.id}:{key}", conversation_id, now):
            return None
        seq = found.last_seq if note else found.last_seq + 1
        if note:
            note_id = tx.notes.add(found, user.id, text, now)
            tx.mentions.add(note_id, found.id, called(text, callable_users(tx.users.all(), user.id)))
            became(tx, None, note_id)
        else:
            reply = Reply(text, custom=articles.kept(means, tx, found, marks))
            _answer(tx, found, doer, _with(reply, file), now, held)
            if file:
                told = {"kind": file.kind, "name": file.name, "mime": file.mime, "size": file.size}
                tx.attachments.sent(found, file.file, told, now)
            became(tx, seq, None)
        if stamp:
            tx.agent_drafts.sent(user.id, found.id, "note" if note else "reply", stamp, now)
        noted(tx, doer, "note" if note else "reply", found, now, seq=seq)
        if then is not None and not note:
            then.do(means, tx, doer, found, now)
        return found

    found = await means.store.transact(work)
    if isinstance(found, list):
        raise Flagged(found)
    if found is not None and not note:
        means.wake(found.channel, found.account)
    return found is not None


def _with(reply: Reply, file: Sending | None) -> Reply:
    if file is None:
        return reply
    if file.kind == "photo":
        return replace(reply, image=file.address)
    return replace(reply, file=Enclosed(file.address, file.name, file.kind))


def as_now(tx: Tx, doer: Doer) -> User:
    """The user with the rights of this moment, which stay theirs until the deed is done; raises NotMoved.

    Between the look at who asks and the deed their account may have been shut, or their role changed.
    """
    user = tx.users.get(doer.user.id, lock=True)
    if user is None or not user.active:
        raise NotMoved("gone", "", None)
    return user


def theirs(found: Conversation, doer: Doer) -> None:
    """Raises NotMoved where somebody else has it, or nobody."""
    if found.owner != "agent" or found.agent_id != doer.user.id:
        raise NotMoved("taken" if found.owner == "agent" else "not_taken", found.owner, found.agent_id)


def _answer(tx: Tx, found: Conversation, doer: Doer, reply: Reply, now: datetime, held: timedelta) -> None:
    say(tx, found, reply, now, now + held, author="agent", user_id=doer.user.id)
    found.choices = None  # what the customer types next answers a person, not a button
    ownership.answered(tx, found, now)
    tx.conversations.save(found, now)


async def be(means: Means, doer: Doer, state: str) -> None:
    """They are online, away or offline from now on."""
    now, user = means.clock(), doer.user

    def work(tx: Tx) -> None:
        moved = ownership.be(tx, user.id, state, now, means.settings.queue)
        tx.live.note([None, *moved], now)
        tx.audit.note(f"be_{state}", user.id, now, address=doer.address, requeued=moved)

    await means.store.transact(work)


def noted(tx: Tx, doer: Doer, action: str, found: Conversation, now: datetime, **detail: Any) -> None:
    """Write the deed into the audit; whoever looks at the conversation sees it."""
    about, address = f"conversation:{found.id}", doer.address
    tx.audit.note(action, doer.user.id, now, about=about, address=address, **detail)
    tx.live.note([found.id], now)
