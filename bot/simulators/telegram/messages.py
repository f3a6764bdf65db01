"""Sending and editing: the checks a message goes through before a customer sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulators.telegram import files
from bot.simulators.telegram.chats import Chat
from bot.simulators.telegram.errors import Refusal, bad_request
from bot.simulators.telegram.groups import Group
from bot.simulators.telegram.markup import checked

if TYPE_CHECKING:
    from bot.simulators.telegram.simulator import TelegramSimulator

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
NO_CHAT = bad_request("chat not found")
KICKED = Refusal(403, "Forbidden: bot was kicked from the supergroup chat")
ACTIONS = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip


class Messages:
    """The bot's messages in its customers' chats."""

    def __init__(self, platform: TelegramSimulator) -> None:
        self._platform = platform

    def send_message(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """`sendMessage`."""
        chat = self.reachable(parameters)
        text = _checked_text(parameters.get("text"), TEXT_LIMIT, "message is too long")
        if not text:
            raise bad_request("message text is empty")
        return self._send(chat, {"text": text}, parameters)

    def send_photo(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """`sendPhoto`: by address, by file id, or uploaded (then `photo` is the bytes)."""
        chat = self.reachable(parameters)
        caption = _checked_text(parameters.get("caption"), CAPTION_LIMIT, "message caption is too long")
        content: dict[str, Any] = {"photo": [self._photo(parameters.get("photo"))]}
        if caption:
            content["caption"] = caption
        return self._send(chat, content, parameters)

    def send_file(self, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """`sendVoice`, `sendVideo`, `sendDocument`: by file id, or uploaded."""
        chat = self.reachable(parameters)
        caption = _checked_text(parameters.get("caption"), CAPTION_LIMIT, "message caption is too long")
        given = parameters.get(name)
        if isinstance(given, bytes):
            file = self._platform.files.keep(given, f"{name}s", "application/octet-stream")
        elif (known := self._platform.files.find(str(given or ""))) is not None:
            file = known
        else:
            raise bad_request("wrong remote file identifier specified")
        content: dict[str, Any] = {name: files.as_json(file)}
        if called := parameters.get(f"{name}_name"):
            content[name]["file_name"] = called
        if caption:
            content["caption"] = caption
        return self._send(chat, content, parameters)

    def send_chat_action(self, parameters: dict[str, Any]) -> bool:
        """`sendChatAction`."""
        chat = self.reachable(parameters)
        if parameters.get("action") not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat.tell("typing", {})
        return True

    def edit_text(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """`editMessageText`; without `reply_markup` the buttons go."""
        chat, message = self._editable(parameters)
        text = _checked_text(parameters.get("text"), TEXT_LIMIT, "message is too long")
        if not text:
            raise bad_request("message text is empty")
        if "text" not in message:
            raise bad_request("there is no text in the message to edit")
        return self._edit(chat, message, {"text": text}, parameters)

    def edit_markup(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """`editMessageReplyMarkup`."""
        chat, message = self._editable(parameters)
        return self._edit(chat, message, {}, parameters)

    def _send(self, chat: Chat, content: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
        markup = checked(parameters.get("reply_markup"))
        content |= _within(chat, parameters)
        self._platform.flood.check(chat.id)
        if markup is not None and "inline_keyboard" in markup:
            content["reply_markup"] = markup
        message = chat.add({"from": self._platform.me, "date": self._platform.now, **content})
        if markup is not None and ("keyboard" in markup or "remove_keyboard" in markup):
            chat.put_keyboard(markup if "keyboard" in markup else None)
        return message

    def _edit(
        self, chat: Chat, message: dict[str, Any], changes: dict[str, Any], parameters: dict[str, Any]
    ) -> dict[str, Any]:
        if isinstance(chat, Group) and chat.blocked:
            raise KICKED
        markup = checked(parameters.get("reply_markup"))
        shown = markup if markup and markup.get("inline_keyboard") else None
        changes["reply_markup"] = shown
        if all(message.get(name) == value for name, value in changes.items()):
            raise bad_request(SAME)
        return chat.change(message["message_id"], edit_date=self._platform.now, **changes)

    def reachable(self, parameters: dict[str, Any]) -> Chat:
        """The chat that the bot may write to; raises Refusal."""
        chat = self._chat(parameters)
        if isinstance(chat, Group) and (chat.gone or chat.blocked):
            raise NO_CHAT if chat.gone else KICKED
        if chat.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if not chat.started:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
        return chat

    def _chat(self, parameters: dict[str, Any]) -> Chat:
        if parameters.get("chat_id") in (None, ""):
            raise bad_request("chat_id is empty")
        chat = self._platform.chats.get(number(parameters, "chat_id"))
        if chat is None:
            raise NO_CHAT
        return chat

    def _editable(self, parameters: dict[str, Any]) -> tuple[Chat, dict[str, Any]]:
        chat = self._chat(parameters)
        message = chat.messages.get(number(parameters, "message_id"))
        if message is None:
            raise bad_request("message to edit not found")
        if not message["from"]["is_bot"]:
            raise bad_request("message can't be edited")
        return chat, message

    def _photo(self, photo: Any) -> dict[str, Any]:
        if isinstance(photo, bytes):
            if len(photo) > files.LARGEST_PHOTO:
                raise bad_request("file is too big")
            mime = files.image_type(photo)
            if mime is None:
                raise bad_request("IMAGE_PROCESS_FAILED")
            return files.photo_sizes(self._platform.files.keep(photo, "photos", mime))[0]
        if not isinstance(photo, str) or not photo:
            raise bad_request("there is no photo in the request")
        if photo.startswith(("http://", "https://")):
            file = self._platform.files.keep(b"", "photos", "image/jpeg")
            return {**files.photo_sizes(file)[0], "url": photo}
        file_known = self._platform.files.find(photo)
        if file_known is None:
            raise bad_request("wrong remote file identifier specified")
        return files.photo_sizes(file_known)[0]


def _within(chat: Chat, parameters: dict[str, Any]) -> dict[str, Any]:
    """The topic, and the message that is answered."""
    found: dict[str, Any] = {}
    if isinstance(chat, Group) and parameters.get("message_thread_id") is not None:
        thread = number(parameters, "message_thread_id")
        if thread not in chat.topics:
            raise bad_request("message thread not found")
        found = {"message_thread_id": thread, "is_topic_message": True}
    reply = parameters.get("reply_parameters")
    if isinstance(reply, dict):
        answered = chat.messages.get(int(reply.get("message_id") or 0))
        if answered is None and not reply.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        if answered is not None:
            found["reply_to_message"] = answered
    return found


def number(parameters: dict[str, Any], name: str) -> int:
    """An integer parameter, also when it came as words."""
    value = parameters.get(name)
    try:
        if isinstance(value, bool) or value is None:
            raise ValueError
        return int(value)
    except (TypeError, ValueError):
        raise bad_request(f"parameter {name} is required and must be a number") from None


def flag(parameters: dict[str, Any], name: str) -> bool:
    """A yes-or-no parameter, also when it came as words."""
    return str(parameters.get(name, "")).lower() in ("true", "1", "yes")


def _checked_text(text: Any, limit: int, too_long: str) -> str:
    if text is None:
        return ""
    if not isinstance(text, str):
        raise bad_request("text must be a string")
    text = text.strip()
    if len(text.encode("utf-16-le")) // 2 > limit:
        raise bad_request(too_long)
    return text
