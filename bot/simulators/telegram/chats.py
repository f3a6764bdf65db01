"""A private chat as both sides see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Listener = Callable[[str, dict[str, Any]], None]


@dataclass(slots=True)
class Chat:
    """One customer's chat with the bot: its messages by number, and what stands below the input field."""

    user: dict[str, Any]
    next_message: int
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    keyboard: dict[str, Any] | None = None
    started: bool = False
    blocked: bool = False
    listeners: list[Listener] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The chat's number, which is the customer's."""
        return int(self.user["id"])

    def as_json(self) -> dict[str, Any]:
        """The Chat object."""
        known = ("id", "first_name", "last_name", "username")
        return {"type": "private", **{name: self.user[name] for name in known if name in self.user}}

    def add(self, message: dict[str, Any]) -> dict[str, Any]:
        """Number the message and show it to both."""
        message = {"message_id": self.next_message, **message, "chat": self.as_json()}
        self.next_message += 1
        self.messages[message["message_id"]] = message
        self.tell("message", self.shown(message))
        return message

    def change(self, number: int, **changes: Any) -> dict[str, Any]:
        """Alter a message; a None takes the field away."""
        message = {**self.messages[number], **changes}
        self.messages[number] = {name: value for name, value in message.items() if value is not None}
        self.tell("message", self.shown(self.messages[number]))
        return self.messages[number]

    def put_keyboard(self, keyboard: dict[str, Any] | None) -> None:
        """Replace the reply keyboard."""
        self.keyboard = keyboard
        self.tell("keyboard", {"keyboard": self.keys})

    @property
    def keys(self) -> list[list[dict[str, Any]]] | None:
        """The reply keyboard's rows, or None."""
        return self.keyboard["keyboard"] if self.keyboard else None

    def tell(self, event: str, data: dict[str, Any]) -> None:
        """Let whoever watches know."""
        for listener in tuple(self.listeners):
            listener(event, data)

    def transcript(self) -> dict[str, Any]:
        """Everything the customer sees."""
        return {
            "customer": self.user,
            "messages": [self.shown(message) for message in self.messages.values()],
            "keyboard": self.keys,
            "blocked": self.blocked,
        }

    def shown(self, message: dict[str, Any]) -> dict[str, Any]:
        """One message as the customer sees it."""
        seen: dict[str, Any] = {
            "message_id": message["message_id"],
            "from": "bot" if message["from"]["is_bot"] else "customer",
            "date": message["date"],
            "edited": "edit_date" in message,
            "text": message.get("text") or message.get("caption") or "",
        }
        if "photo" in message:
            seen["photo"] = message["photo"][-1].get("url") or f"files/{message['photo'][-1]['file_id']}"
        for name in ("voice", "video", "document", "sticker", "location", "contact"):
            if name in message:
                seen[name] = message[name]
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        if rows:
            seen["buttons"] = _numbered(rows)
        return seen


def _numbered(rows: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    numbers = iter(range(sum(map(len, rows))))
    return [[{"title": button["text"], "index": next(numbers)} for button in row] for row in rows]
