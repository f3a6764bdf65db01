"""The next thing to do in a topic: one call of the Bot API, and what is kept of how it went.

Before a call, the intent is written down; after it, the outcome. What was under way when a process died
is done again: a topic is made anew, what may have been said is said with a mark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.channels.telegram.request import File
from bot.channels.telegram.splitting import split
from bot.media import MediaShelf
from bot.telegram_desk.telling import Teller, digest, fitting
from storage import Tx
from storage.attachments import StoredAttachment
from storage.conversations import Conversation
from storage.desk_topics import DeskLine, Topic

TEXT_LIMIT = 4000
FILE_WAIT = timedelta(minutes=1)
"""So long what follows waits for a customer's file."""
URGENT, SOON, LATER = 0, 1, 2
_METHODS = {"photo": "sendPhoto", "voice": "sendVoice", "video": "sendVideo"}
Kept = Callable[[Topic, Any], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One call: `kept` puts its result into the topic, `lines` are said by it."""

    topic_id: int
    conversation_id: int
    rank: int
    what: str
    method: str
    parameters: dict[str, Any]
    kept: Kept
    lines: tuple[int, ...] = ()
    file: StoredAttachment | None = None
    piece: int | None = None
    """Of a line longer than a message: which piece comes next."""


class Steps:
    """Finds the next step of a topic; `account` is the bot's, whose files Telegram knows by their ids."""

    def __init__(self, group: int, teller: Teller, shelf: MediaShelf, account: str) -> None:
        self._group = group
        self._teller = teller
        self._shelf = shelf
        self._account = account

    def next(self, tx: Tx, topic: Topic, conversation: Conversation, now: datetime) -> Step | None:
        """The step, or None where the topic is as it should be (or has to wait for a file)."""
        lines = tx.desk_topics.lines(topic.id)
        if topic.thread_id is None:
            return self._create(tx, topic, conversation) if topic.in_use or lines else None
        if topic.shut and topic.in_use:
            return self._step(topic, URGENT, "reopenForumTopic", _put("shut", False))
        if topic.card_id is None:
            return self._card(tx, topic, conversation)
        if lines and (step := self._say(tx, topic, conversation, lines, now)) is not None:
            return step
        if not topic.pinned:
            return self._step(
                topic, SOON, "pinChatMessage", _put("pinned", True), message_id=topic.card_id,
                disable_notification=True,
            )  # fmt: skip
        return self._shown(tx, topic, conversation)

    def _create(self, tx: Tx, topic: Topic, conversation: Conversation) -> Step:
        name = self._teller.name(tx, conversation)

        def kept(topic: Topic, result: Any) -> None:
            topic.forget()
            topic.thread_id, topic.named = int(result["message_thread_id"]), digest(name)

        parameters = {"chat_id": self._group, "name": name}
        return Step(topic.id, topic.conversation_id, URGENT, "create", "createForumTopic", parameters, kept)

    def _card(self, tx: Tx, topic: Topic, conversation: Conversation) -> Step:
        text, buttons = self._teller.card(tx, conversation, topic), self._teller.buttons(conversation)

        def kept(topic: Topic, result: Any) -> None:
            topic.card_id, topic.carded, topic.pinned = (
                int(result["message_id"]),
                digest(text, buttons),
                False,
            )

        return self._step(topic, URGENT, "sendMessage", kept, text=text, reply_markup=buttons)

    def _shown(self, tx: Tx, topic: Topic, conversation: Conversation) -> Step | None:
        """Name, summary and state as they should be."""
        name = self._teller.name(tx, conversation)
        if digest(name) != topic.named:
            return self._step(topic, LATER, "editForumTopic", _put("named", digest(name)), name=name)
        text, buttons = self._teller.card(tx, conversation, topic), self._teller.buttons(conversation)
        shown = digest(text, buttons)
        if shown != topic.carded:
            return self._step(
                topic, SOON, "editMessageText", _put("carded", shown), message_id=topic.card_id, text=text,
                reply_markup=buttons,
            )  # fmt: skip
        if not topic.in_use and not topic.shut:
            return self._step(topic, LATER, "closeForumTopic", _put("shut", True))
        return None

    def _say(
        self, tx: Tx, topic: Topic, conversation: Conversation, lines: list[DeskLine], now: datetime
    ) -> Step | None:
        """The first lines as one message: as many as fit, but a file, an answer or buttons stand alone."""
        first = lines[0]
        if first.kind == "file":
            found = [
                one for one in tx.attachments.of_conversation(topic.conversation_id) if one.id == first.ref
            ]
            if not found:
                tx.desk_topics.said([first.id])
                return self._say(tx, topic, conversation, lines[1:], now) if lines[1:] else None
            if found[0].state == "wanted" and not self._known(conversation) and now - first.at < FILE_WAIT:
                return None
            return self._file(topic, conversation, found[0], first)
        batch = lines[:1] if _alone(first) else _together(lines)
        texts = [self._teller.line(tx, topic, one) or "…" for one in batch]
        pieces, piece = split(texts[0], TEXT_LIMIT), int(first.detail.get("piece", 0))
        count = 1 if len(pieces) > 1 else fitting(texts, TEXT_LIMIT)
        if len(pieces) > 1:
            texts = [pieces[min(piece, len(pieces) - 1)]]
        again = any(one.state != "pending" for one in batch[:count])
        words = [self._teller.words("again")] if again else []
        more = {"reply_markup": first.detail["buttons"]} if first.detail.get("buttons") else {}
        if first.reply_to:
            more["reply_parameters"] = {"message_id": first.reply_to, "allow_sending_without_reply": True}
        step = self._step(
            topic, URGENT, "sendMessage", _nothing, tuple(one.id for one in batch[:count]),
            text="\n".join([*words, *texts[:count]]), **more,
        )  # fmt: skip
        return replace(step, piece=piece + 1) if piece + 1 < len(pieces) else step

    def _file(self, topic: Topic, conversation: Conversation, file: StoredAttachment, line: DeskLine) -> Step:
        method = _METHODS.get(file.kind, "sendDocument")
        field_name = method.removeprefix("send").lower()
        known = self._known(conversation) and file.ref != ""  # an agent's own has no id there
        lost = line.detail.get("lost")
        if lost or (file.state != "stored" and not (known and file.state == "wanted")):
            word = "file_gone" if file.state == "gone" and not lost else "file_wanted"
            text = self._teller.words(word, kind=self._teller.words("kinds", file.kind))
            return self._step(topic, URGENT, "sendMessage", _nothing, (line.id,), text=text)
        parameters: dict[str, Any] = {"chat_id": self._group, "message_thread_id": topic.thread_id}
        if line.state != "pending":
            parameters["caption"] = self._teller.words("again")
        if known:
            parameters[field_name] = file.ref
        return Step(
            topic.id, topic.conversation_id, URGENT, field_name, method, parameters, _nothing, (line.id,),
            None if known else file,
        )  # fmt: skip

    def uploaded(self, step: Step) -> dict[str, File]:
        """The file that the step uploads; reads the disk. Raises OSError."""
        if step.file is None or step.file.file is None:
            return {}
        content = self._shelf.path(step.file.file).read_bytes()
        return {step.what: (step.file.name or step.file.kind, content, step.file.mime)}

    def _known(self, conversation: Conversation) -> bool:
        return conversation.channel == "telegram" and conversation.account == self._account

    def _step(
        self, topic: Topic, rank: int, method: str, kept: Kept, lines: tuple[int, ...] = (), **parameters: Any
    ) -> Step:
        place: dict[str, Any] = {"chat_id": self._group}
        if method not in ("editMessageText", "pinChatMessage"):
            place["message_thread_id"] = topic.thread_id
        if "text" in parameters:
            place["link_preview_options"] = {"is_disabled": True}
        what = "card" if "message_id" in parameters else "line"
        return Step(topic.id, topic.conversation_id, rank, what, method, place | parameters, kept, lines)


def _alone(line: DeskLine) -> bool:
    return bool(line.reply_to or line.detail.get("buttons"))


def _together(lines: list[DeskLine]) -> list[DeskLine]:
    """The lines up to the first that stands alone."""
    for place, one in enumerate(lines):
        if one.kind == "file" or _alone(one):
            return lines[:place]
    return lines


def _put(name: str, value: Any) -> Kept:
    def kept(topic: Topic, result: Any) -> None:
        setattr(topic, name, value)

    return kept


def _nothing(topic: Topic, result: Any) -> None:
    """What was said leaves nothing to keep."""
