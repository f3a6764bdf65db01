"""The methods of the Bot API about groups and their topics, with what Telegram refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulators.telegram.errors import Refusal, bad_request
from bot.simulators.telegram.groups import ForumTopic, Group

if TYPE_CHECKING:
    from bot.simulators.telegram.messages import Messages
    from bot.simulators.telegram.simulator import TelegramSimulator

LONGEST_NAME = 128


class Forum:
    """Topics, pins and rights."""

    def __init__(self, platform: TelegramSimulator, messages: Messages) -> None:
        self._platform = platform
        self._messages = messages

    def get_chat(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """`getChat`."""
        return self._messages.reachable(parameters).as_json()

    def get_member(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """`getChatMember`, of the bot itself."""
        group = self._group(parameters)
        if str(parameters.get("user_id")) != str(self._platform.me["id"]):
            raise bad_request("user not found")
        rights = dict.fromkeys(group.rights, True)
        status = "administrator" if rights else "member"
        return {"user": self._platform.me, "status": status, **rights}

    def create(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """`createForumTopic`."""
        group = self._managed(parameters, "not enough rights to create a topic")
        name = _name(parameters)
        self._platform.flood.check(group.id)
        begun = group.note(self._platform.me, self._platform.now, None, forum_topic_created={"name": name})
        topic = ForumTopic(begun["message_id"], name)
        group.change(topic.thread_id, message_thread_id=topic.thread_id)
        group.topics[topic.thread_id] = topic
        return {"message_thread_id": topic.thread_id, "name": name, "icon_color": 7322096}

    def edit(self, parameters: dict[str, Any]) -> bool:
        """`editForumTopic`."""
        group, topic = self._topic(parameters)
        name = _name(parameters)
        if name == topic.name:
            raise bad_request("TOPIC_NOT_MODIFIED")
        self._service(group, topic, forum_topic_edited={"name": name})
        topic.name = name
        return True

    def close(self, parameters: dict[str, Any]) -> bool:
        """`closeForumTopic`."""
        return self._shut(parameters, True, "forum_topic_closed")

    def reopen(self, parameters: dict[str, Any]) -> bool:
        """`reopenForumTopic`."""
        return self._shut(parameters, False, "forum_topic_reopened")

    def pin(self, parameters: dict[str, Any]) -> bool:
        """`pinChatMessage`."""
        group = self._group(parameters)
        if "can_pin_messages" not in group.rights:
            raise bad_request("not enough rights to manage pinned messages in the chat")
        message = group.messages.get(int(parameters.get("message_id") or 0))
        if message is None:
            raise bad_request("message to pin not found")
        topic = group.topics.get(message.get("message_thread_id", 0))
        if topic is not None and message["message_id"] not in topic.pinned:
            self._service(group, topic, pinned_message=message)
            topic.pinned.append(message["message_id"])
        return True

    def _shut(self, parameters: dict[str, Any], closed: bool, service: str) -> bool:
        group, topic = self._topic(parameters)
        if topic.closed == closed:
            raise bad_request("TOPIC_NOT_MODIFIED")
        self._service(group, topic, **{service: {}})
        topic.closed = closed
        return True

    def _service(self, group: Group, topic: ForumTopic, **service: Any) -> None:
        self._platform.flood.check(group.id)
        group.note(self._platform.me, self._platform.now, topic.thread_id, **service)

    def _group(self, parameters: dict[str, Any]) -> Group:
        group = self._messages.reachable(parameters)
        if not isinstance(group, Group):
            raise bad_request("the chat is not a supergroup")
        return group

    def _managed(self, parameters: dict[str, Any], refusal: str) -> Group:
        group = self._group(parameters)
        if not group.forum:
            raise bad_request("the chat is not a forum")
        if "can_manage_topics" not in group.rights:
            raise bad_request(refusal)
        return group

    def _topic(self, parameters: dict[str, Any]) -> tuple[Group, ForumTopic]:
        group = self._managed(parameters, "not enough rights to manage topics")
        topic = group.topics.get(int(parameters.get("message_thread_id") or 0))
        if topic is None:
            raise Refusal(400, "Bad Request: TOPIC_ID_INVALID")
        return group, topic


def _name(parameters: dict[str, Any]) -> str:
    name = str(parameters.get("name") or "").strip()
    if not 1 <= len(name.encode("utf-16-le")) // 2 <= LONGEST_NAME:
        raise bad_request("topic name must be between 1 and 128 characters")
    return name
