"""A simulated customer: what they do becomes updates for the bot, what the bot does they see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulators.news import News
from bot.simulators.telegram import files
from bot.simulators.telegram.chats import Chat

if TYPE_CHECKING:
    from bot.simulators.telegram.simulator import TelegramSimulator

PHONE = "+8613800138000"
JPEG = b"\xff\xd8\xff\xe0 simulated photo"


class NoSuchButton(Exception):
    """The customer sees no such button."""


class Customer:
    """One customer in their chat with the bot; every verb returns the message as Telegram stores it."""

    def __init__(self, platform: TelegramSimulator, chat: Chat) -> None:
        self._platform = platform
        self.chat = chat

    @property
    def id(self) -> int:
        """The customer's number, which is the chat's."""
        return self.chat.id

    @property
    def transcript(self) -> list[dict[str, Any]]:
        """The messages the customer sees, in order (see `Chat.shown`)."""
        return list(self.chat.transcript()["messages"])

    @property
    def heard(self) -> list[dict[str, Any]]:
        """What the bot said, in order."""
        return [message for message in self.transcript if message["from"] == "bot"]

    async def hears(self, count: int, seconds: float = 5.0) -> list[dict[str, Any]]:
        """What the bot said, once that is `count` messages; raises TimeoutError."""
        news = News()
        self.chat.listeners.append(news.tell)
        try:
            return await news.until(lambda: self.heard, count, seconds)
        finally:
            self.chat.listeners.remove(news.tell)

    def says(self, text: str) -> dict[str, Any]:
        """Type a text; a command gets its entity."""
        fields: dict[str, Any] = {"text": text}
        if text.startswith("/"):
            length = len(text.split()[0])
            fields["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        return self.sends(**fields)

    def sends(self, **content: Any) -> dict[str, Any]:
        """Send a message with these fields; writing to a blocked bot unblocks it first."""
        if self.chat.blocked:
            self.unblocks()
        self.chat.started = True
        message = self.chat.add({"from": self.chat.user, "date": self._platform.now, **content})
        if self.chat.keyboard and self.chat.keyboard.get("one_time_keyboard"):
            self.chat.put_keyboard(None)
        self._platform.inbox.put("message", message)
        return message

    def sends_photo(
        self, content: bytes = JPEG, caption: str = "", album: str | None = None, claimed: int | None = None
    ) -> dict[str, Any]:
        """Send a photo; photos of one `album` arrive as messages of one group."""
        mime = files.image_type(content) or "image/jpeg"
        file = self._platform.files.keep(content, "photos", mime, claimed)
        fields: dict[str, Any] = {"photo": files.photo_sizes(file)}
        if caption:
            fields["caption"] = caption
        if album is not None:
            fields["media_group_id"] = album
        return self.sends(**fields)

    def sends_file(
        self,
        kind: str,
        content: bytes,
        mime: str,
        name: str = "",
        claimed: int | None = None,
        caption: str = "",
    ) -> dict[str, Any]:
        """Send a voice message, video, document or sticker (`kind` as the Bot API names it)."""
        file = self._platform.files.keep(content, f"{kind}s", mime, claimed)
        described: dict[str, Any] = {**files.as_json(file), "mime_type": mime}
        if name:
            described["file_name"] = name
        return self.sends(**{kind: described}, **({"caption": caption} if caption else {}))

    def shares_contact(self, phone: str = PHONE, own: bool = True) -> dict[str, Any]:
        """Share the own contact card, or somebody else's."""
        card: dict[str, Any] = {"phone_number": phone, "first_name": self.chat.user["first_name"]}
        if own:
            card["user_id"] = self.id
        return self.sends(contact=card)

    def shares_location(self, latitude: float = 31.2304, longitude: float = 121.4737) -> dict[str, Any]:
        """Share a place."""
        return self.sends(location={"latitude": latitude, "longitude": longitude})

    def edits(self, text: str, message_id: int | None = None) -> dict[str, Any]:
        """Change an own message, the last one unless told which."""
        own = [one["message_id"] for one in self.transcript if one["from"] == "customer"]
        number = own[-1] if message_id is None else message_id
        field = "caption" if "caption" in self.chat.messages[number] else "text"
        message = self.chat.change(number, **{field: text, "edit_date": self._platform.now})
        self._platform.inbox.put("edited_message", message)
        return message

    def taps(self, button: str | int, message_id: int | None = None) -> None:
        """Press a button by its title or number, on the latest message with any unless told which.

        A key of the reply keyboard is pressed by its title. Raises NoSuchButton.
        """
        if message_id is None and isinstance(button, str) and self._presses_key(button):
            return
        message = self._with_buttons(message_id)
        buttons = [one for row in message["reply_markup"]["inline_keyboard"] for one in row]
        titles = [one["text"] for one in buttons]
        if isinstance(button, str):
            if button not in titles:
                raise NoSuchButton(f"there is no button {button!r} among {titles}")
            button = titles.index(button)
        if not 0 <= button < len(buttons):
            raise NoSuchButton(f"there is no button {button} of {len(buttons)}")
        self.presses(buttons[button]["callback_data"], message)

    def presses(self, data: str, message: dict[str, Any] | None) -> str:
        """Send a callback query as such, e.g. a stale one; returns its id."""
        query = f"{self._platform.rng.getrandbits(63)}"
        self._platform.queries[query] = self.id
        content: dict[str, Any] = {"id": query, "from": self.chat.user, "chat_instance": "1", "data": data}
        if message is not None:
            content["message"] = message
        self._platform.inbox.put("callback_query", content)
        return query

    def blocks(self) -> None:
        """Block the bot."""
        self._becomes("kicked")

    def unblocks(self) -> None:
        """Let the bot write again."""
        self._becomes("member")

    def _becomes(self, status: str) -> None:
        before = "kicked" if self.chat.blocked else "member"
        self.chat.blocked = status == "kicked"
        self.chat.tell("blocked", {"blocked": self.chat.blocked})
        me = self._platform.me
        self._platform.inbox.put(
            "my_chat_member",
            {
                "chat": self.chat.as_json(),
                "from": self.chat.user,
                "date": self._platform.now,
                "old_chat_member": {"user": me, "status": before},
                "new_chat_member": {"user": me, "status": status},
            },
        )

    def _presses_key(self, title: str) -> bool:
        for key in (key for row in self.chat.keys or () for key in row):
            words = key if isinstance(key, str) else key["text"]
            if words != title:
                continue
            if isinstance(key, dict) and key.get("request_contact"):
                self.shares_contact()
            elif isinstance(key, dict) and key.get("request_location"):
                self.shares_location()
            else:
                self.says(words)
            return True
        return False

    def _with_buttons(self, message_id: int | None) -> dict[str, Any]:
        for number, message in reversed(self.chat.messages.items()):
            if message_id in (None, number) and message.get("reply_markup", {}).get("inline_keyboard"):
                return message
        raise NoSuchButton("no message has buttons" if message_id is None else "the message has no buttons")
