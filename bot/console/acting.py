"""What users do to conversations: each deed is one transaction with its row in the audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.cleaning import clean
from bot.console.means import Doer, Means
from bot.console.mentioning import callable_users, called
from bot.console.replying import articles
from bot.console.replying.checking import Flag, checking
from bot.media import MediaShelf
from bot.messages import AttachmentKind, Enclosed, Reply
from bot.turns import say
from handlers import ownership
from handlers.ownership import NotMoved
from storage import Tx
from storage.conversations import Conversation

LONGEST = 4000
"""Characters of one reply or note."""
Became = Callable[[Tx, int | None, int | None], None]
"""Told the number of the message that a writing became, or the id of the note."""
MOVES = ("take", "take_over", "assign", "refer", "release", "hand_back", "resolve")
BACK = "utter_back_from_person"


@dataclass(frozen=True, slots=True)
class Sending:
    """A file of a reply, on disk already: its name in the media folder, its address, what it is called."""

    file: str
    address: str
    kind: AttachmentKind
    name: str
    mime: str
    size: int


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
        who = ownership.mover(doer.user)
        ownership.move(tx, found, name, who, now, means.settings.queue, taking=means.taking, **how)
        if name == "hand_back":
            means.voice.keep(found, {"handover": None})
            means.voice.say(tx, found, BACK, now)
            means.voice.resume(means.desk_for(tx, found, f"back:{found.id}:{found.revision}", now))
        tx.conversations.save(found, now)
        noted(tx, doer, name, found, now, **how)
        return found

    found = await means.store.transact(work)
    means.wake(found.channel, found.account)


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
) -> bool:
    """Send a reply, or keep a note; False where it was taken before. Raises BadText, Flagged, NotMoved.

    `became` is told in the same transaction. A reply leaves after `held` at the earliest; until then
    it can be taken back. `anyway`: also with words that the agent was warned of. `marks`: the articles
    of the knowledge base whose words are in it. `file` is sent with it.
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
        if not note:
            theirs(found, doer)
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
            became(tx, found.last_seq, None)
        noted(tx, doer, "note" if note else "reply", found, now, seq=found.last_seq)
        return found

    found = await means.store.transact(work)
    if isinstance(found, list):
        raise Flagged(found)
    if found is not None and not note:
        means.wake(found.channel, found.account)
    return found is not None


async def take_back(means: Means, doer: Doer, conversation_id: int, seq: int) -> str:
    """Take back a reply of one's own that has not left; its text. Raises BadText where it is too late."""
    now = means.clock()

    def work(tx: Tx) -> tuple[str, list[str]]:
        message = tx.messages.by_seq(conversation_id, seq)
        if message is None or message.author != "agent" or message.user_id != doer.user.id:
            raise BadText("not_found")
        found = tx.conversations.get(conversation_id, lock=True)
        if not tx.outbox.withdraw(conversation_id, seq):
            raise BadText("already_left")
        files = tx.attachments.take_back(message.id)
        ownership.taken_back(tx, found, message, now, means.settings.queue)
        tx.conversations.save(found, now)
        noted(tx, doer, "take_back", found, now, seq=seq)
        return str(message.body.get("text") or ""), files

    text, files = await means.store.transact(work)
    shelf = MediaShelf(means.settings.data_path / "media")
    for name in files:
        shelf.path(name).unlink(missing_ok=True)
    return text


def _with(reply: Reply, file: Sending | None) -> Reply:
    if file is None:
        return reply
    if file.kind == "photo":
        return replace(reply, image=file.address)
    return replace(reply, file=Enclosed(file.address, file.name, file.kind))


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
