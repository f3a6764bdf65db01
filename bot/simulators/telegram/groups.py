"""A forum supergroup: its topics, its members, and what its bot may do there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.simulators.telegram import files
from bot.simulators.telegram.chats import Chat

if TYPE_CHECKING:
    from bot.simulators.telegram.simulator import TelegramSimulator

RIGHTS = ("can_manage_topics", "can_pin_messages", "can_delete_messages")


@dataclass(slots=True)
class ForumTopic:
    """One topic; its number is that of the service message that began it."""

    thread_id: int
    name: str
    closed: bool = False
    pinned: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Group(Chat):
    """A supergroup with topics; `user` holds its number and title, `blocked`: the bot was removed.

    `rights` are the bot's as an administrator; empty where it is none. Without `forum` it has no topics.
    """

    topics: dict[int, ForumTopic] = field(default_factory=dict)
    rights: set[str] = field(default_factory=lambda: {*RIGHTS})
    forum: bool = True
    gone: bool = False

    def as_json(self) -> dict[str, Any]:
        """The Chat object."""
        forum = {"is_forum": True} if self.forum else {}
        return {"type": "supergroup", "id": self.id, "title": self.user["first_name"], **forum}

    def note(self, who: dict[str, Any], date: int, thread: int | None, **service: Any) -> dict[str, Any]:
        """A message of Telegram's own about the group."""
        number = {"message_thread_id": thread, "is_topic_message": True} if thread is not None else {}
        return self.add({"from": who, "date": date, **number, **service})

    def said_in(self, thread_id: int) -> list[dict[str, Any]]:
        """What stands in a topic apart from Telegram's own messages, oldest first."""
        return [
            message
            for message in self.messages.values()
            if message.get("message_thread_id") == thread_id and not _SERVICE & message.keys()
        ]

    def texts(self, thread_id: int) -> list[str]:
        """The words of what stands there."""
        return [str(one.get("text") or one.get("caption") or "") for one in self.said_in(thread_id)]

    def topic(self, name: str) -> ForumTopic:
        """The latest topic whose name has these words."""
        return next(one for one in reversed(self.topics.values()) if name in one.name)


_SERVICE = {
    "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    "pinned_message",
}  # fmt: skip


class Member:
    """Somebody in the group; every verb returns the message as Telegram stores it."""

    def __init__(self, platform: TelegramSimulator, group: Group, user: dict[str, Any]) -> None:
        self._platform = platform
        self.group = group
        self.user = user

    @property
    def id(self) -> int:
        """Their number."""
        return int(self.user["id"])

    def says(self, text: str, thread: int | None = None) -> dict[str, Any]:
        """Write in a topic, or in the general one."""
        return self.sends(thread, text=text)

    def sends(self, thread: int | None = None, **content: Any) -> dict[str, Any]:
        """Send a message with these fields."""
        fields: dict[str, Any] = {"from": self.user, "date": self._platform.now, **content}
        if thread is not None:
            begun = self.group.messages[thread]
            fields |= {"message_thread_id": thread, "is_topic_message": True}
            fields.setdefault("reply_to_message", begun)
        message = self.group.add(fields)
        self._platform.inbox.put("message", message)
        return message

    def sends_photo(self, thread: int, content: bytes, caption: str = "") -> dict[str, Any]:
        """Send a photo in a topic."""
        file = self._platform.files.keep(content, "photos", files.image_type(content) or "image/jpeg")
        fields = {"caption": caption} if caption else {}
        return self.sends(thread, photo=files.photo_sizes(file), **fields)

    def edits(self, message: dict[str, Any], text: str) -> None:
        """Change an own message."""
        changed = self.group.change(message["message_id"], text=text, edit_date=self._platform.now)
        self._platform.inbox.put("edited_message", changed)

    def taps(self, title: str, thread: int) -> str:
        """Press the latest button with this title in the topic; returns the query's id."""
        for message in reversed(self.group.said_in(thread)):
            rows = message.get("reply_markup", {}).get("inline_keyboard", [])
            for button in (one for row in rows for one in row if title in one["text"]):
                return self.presses(button["callback_data"], message)
        raise LookupError(f"no button {title!r} in topic {thread}")

    def presses(self, data: str, message: dict[str, Any]) -> str:
        """Send a callback query as such."""
        query = f"{self._platform.rng.getrandbits(63)}"
        self._platform.queries[query] = self.group.id
        content = {"id": query, "from": self.user, "chat_instance": "1", "data": data, "message": message}
        self._platform.inbox.put("callback_query", content)
        return query
