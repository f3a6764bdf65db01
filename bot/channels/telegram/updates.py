"""An update of the Bot API → what the desk takes in.

Updates are read as the plain JSON they are: `telegram.Update.de_json` builds some hundred attributes a
message and costs more than storing the turn. The tests compare this reading with python-telegram-bot's.

The external id is made from what Telegram never changes when it repeats itself and never uses again: a
message's number in its chat (which an edit refers to as well), a callback query's id, or the update's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from telegram.constants import ChatMemberStatus

from bot.channels.telegram.commands import command_in
from bot.channels.telegram.contents import content_of
from bot.channels.telegram.fields import Malformed, instant, number, part, words
from bot.channels.telegram.kinds import KINDS, SERVICE, TAKEN, UNSUPPORTED
from bot.cleaning import clean
from bot.messages import Address, Inbound

CHANNEL = "telegram"


@dataclass(frozen=True, slots=True)
class Ignored:
    """An update that is acknowledged and counted, and otherwise none of the desk's business."""

    reason: str


@dataclass(frozen=True, slots=True)
class Tap:
    """A press on an inline button: the query that wants an answer, and the message the button is on."""

    query: str
    chat: int | None = None
    message: int | None = None
    text: str | None = None
    title: str | None = None


class Updates:
    """Reads the updates of one account; `clock` dates what Telegram does not."""

    def __init__(self, account: str, clock: Callable[[], datetime]) -> None:
        self.account = account
        self._clock = clock

    def read(self, update: dict[str, Any]) -> Inbound | Ignored:
        """The message in the desk's form, or why there is none; raises Malformed."""
        update_id = number(update, "update_id")
        readers = {
            "message": self._message,
            "edited_message": self._edit,
            "callback_query": self._callback,
            "my_chat_member": self._membership,
        }
        for kind, reader in readers.items():
            content = part(update, kind)
            if content is not None:
                return reader(content, update_id)
        named = [key for key, value in update.items() if key != "update_id" and value is not None]
        if not named:
            return Ignored("empty")
        return Ignored(named[0] if named[0] in KINDS else "unknown")

    def _message(self, message: dict[str, Any], update_id: int) -> Inbound | Ignored:
        chat, sender = part(message, "chat"), part(message, "from")
        if chat is None:
            raise Malformed("a message without chat")
        if words(chat, "type") != "private" or sender is None:
            return Ignored("not_private")
        content = content_of(message, sender)
        if not content:
            if any(message.get(kind) is not None for kind in SERVICE):
                return Ignored("service_message")
            content = {"unsupported": _unsupported(message)}
        person = _person(sender)
        command = command_in(content.get("text", ""), person["language"])
        if command is not None:
            content |= {"payload": command.payload, "text": command.words}
        return Inbound(
            address=self._address(number(chat, "id")),
            external_id=f"message:{number(chat, 'id')}:{number(message, 'message_id')}",
            sent_at=instant(message, "date"),
            group=words(message, "media_group_id") or None,
            **person,
            **content,
        )

    def _edit(self, message: dict[str, Any], update_id: int) -> Inbound | Ignored:
        if message.get("location") is not None:
            return Ignored("live_location")  # a moving position is edited every few seconds
        inbound = self._message(message, update_id)
        if isinstance(inbound, Ignored):
            return inbound
        edited_at = instant(message, "edit_date") if message.get("edit_date") else inbound.sent_at
        edit = f"{inbound.external_id}:edit:{update_id}"
        return replace(inbound, external_id=edit, edits=inbound.external_id, sent_at=edited_at, payload=None)

    def _callback(self, query: dict[str, Any], update_id: int) -> Inbound | Ignored:
        sender = part(query, "from")
        if sender is None:
            raise Malformed("a callback query without sender")
        chat = part(part(query, "message") or {}, "chat")
        if query.get("inline_message_id") or (chat and words(chat, "type") != "private"):
            return Ignored("not_private")
        return Inbound(
            address=self._address(number(chat or sender, "id")),
            external_id=f"callback:{words(query, 'id')}",
            sent_at=self._clock(),
            **_person(sender),
            **_chosen(words(query, "data")),
        )

    def _membership(self, change: dict[str, Any], update_id: int) -> Inbound | Ignored:
        chat, sender = part(change, "chat"), part(change, "from")
        if chat is None or sender is None:
            raise Malformed("a membership without chat or sender")
        if words(chat, "type") != "private":
            return Ignored("not_private")
        status = words(part(change, "new_chat_member") or {}, "status")
        blocked = status in (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT)
        return Inbound(
            address=self._address(number(chat, "id")),
            external_id=f"member:{number(chat, 'id')}:{update_id}",
            sent_at=instant(change, "date"),
            event="blocked" if blocked else "unblocked",
            **_person(sender),
        )

    def _address(self, chat: int) -> Address:
        return Address(CHANNEL, self.account, str(chat))


def tap_in(update: dict[str, Any]) -> Tap | None:
    """The button press in an update, whatever else is wrong with it."""
    query = update.get("callback_query")
    if not isinstance(query, dict) or not isinstance(query.get("id"), str) or not query["id"]:
        return None
    try:
        message = part(query, "message") or {}
        chat = part(message, "chat") or {}
        if not message.get("date"):  # 0: too old for Telegram to let us see or edit
            return Tap(query["id"])
        return Tap(
            query["id"], number(chat, "id"), number(message, "message_id"),
            words(message, "text") or None, _title(message, words(query, "data")),
        )  # fmt: skip
    except Malformed:
        return Tap(query["id"])


def chat_of(update: dict[str, Any]) -> int | None:
    """Whose update it is, to keep the order within one chat; None when that cannot be seen."""
    for kind in TAKEN:
        content = update.get(kind)
        if not isinstance(content, dict):
            continue
        for holder in (content, content.get("message")):
            chat = holder.get("chat") if isinstance(holder, dict) else None
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return int(chat["id"])
        sender = content.get("from")
        if isinstance(sender, dict) and isinstance(sender.get("id"), int):
            return int(sender["id"])
    return None


def _person(sender: dict[str, Any]) -> dict[str, Any]:
    name = " ".join(filter(None, (words(sender, "first_name"), words(sender, "last_name"))))
    code = words(sender, "language_code").lower()
    # Who reads neither Chinese nor English is likelier to manage English.
    language = ("zh" if code.split("-")[0] == "zh" else "en") if code else None
    return {"sender_name": clean(name, 128), "language": language}


def _chosen(data: str) -> dict[str, Any]:
    seq, colon, index = data.partition(":")
    plain = data.isascii() and seq.isdecimal() and index.isdecimal() and len(data) <= 24
    if colon and plain:
        return {"choice": data}
    if data.startswith("/"):
        return {"payload": data}
    return {"unsupported": "button"}


def _title(message: dict[str, Any], data: str) -> str | None:
    rows = (part(message, "reply_markup") or {}).get("inline_keyboard")
    for row in rows if isinstance(rows, list) else ():
        for button in row if isinstance(row, list) else ():
            if isinstance(button, dict) and data and button.get("callback_data") == data:
                return words(button, "text") or None
    return None


def _unsupported(message: dict[str, Any]) -> str:
    return next((kind for kind in UNSUPPORTED if message.get(kind) is not None), "unknown")
