"""The Bot API's methods, with what Telegram refuses."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.simulators.telegram.errors import Refusal, bad_request
from bot.simulators.telegram.forum import Forum
from bot.simulators.telegram.messages import Messages, flag, number

if TYPE_CHECKING:
    from bot.simulators.telegram.simulator import TelegramSimulator

Parameters = dict[str, Any]
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    + "use deleteWebhook to delete the webhook first"
)
LONGEST_POLL = 50.0


class Methods:
    """What the bot may call; names are matched without regard to case, as Telegram does."""

    def __init__(self, platform: TelegramSimulator) -> None:
        self._platform = platform
        messages = Messages(platform)
        forum = Forum(platform, messages)
        self._methods: dict[str, Callable[[Parameters], Any]] = {
            "getme": lambda parameters: platform.me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "getfile": platform.files.get_file,
            "sendmessage": messages.send_message,
            "sendphoto": messages.send_photo,
            "sendvoice": partial(messages.send_file, "voice"),
            "sendvideo": partial(messages.send_file, "video"),
            "senddocument": partial(messages.send_file, "document"),
            "getchat": forum.get_chat,
            "getchatmember": forum.get_member,
            "createforumtopic": forum.create,
            "editforumtopic": forum.edit,
            "closeforumtopic": forum.close,
            "reopenforumtopic": forum.reopen,
            "pinchatmessage": forum.pin,
            "sendchataction": messages.send_chat_action,
            "editmessagetext": messages.edit_text,
            "editmessagereplymarkup": messages.edit_markup,
            "answercallbackquery": self._answer_query,
        }

    async def call(self, method: str, parameters: Parameters) -> Any:
        """The method's result; raises Refusal."""
        found = self._methods.get(method.lower())
        if found is None:
            raise Refusal(404, "Not Found: method not found")
        self._platform.calls.append((method, parameters))
        result = found(parameters)
        return await result if isinstance(result, Awaitable) else result

    async def _get_updates(self, parameters: Parameters) -> list[Parameters]:
        if self._platform.courier.url:
            raise Refusal(409, WEBHOOK_ACTIVE)
        self._platform.inbox.allow(_kinds(parameters))
        offset = number(parameters, "offset") if parameters.get("offset") is not None else None
        limit = number(parameters, "limit") if parameters.get("limit") is not None else 100
        wait = min(number(parameters, "timeout") if parameters.get("timeout") else 0, LONGEST_POLL)
        return await self._platform.inbox.get(offset, max(1, min(limit, 100)), wait)

    async def _set_webhook(self, parameters: Parameters) -> bool:
        url = str(parameters.get("url") or "")
        secret = str(parameters.get("secret_token") or "")
        if url and not url.startswith(("https://", "http://")):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not re.fullmatch("[A-Za-z0-9_-]{1,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        connections = number(parameters, "max_connections") if parameters.get("max_connections") else 40
        self._platform.inbox.allow(_kinds(parameters))
        if flag(parameters, "drop_pending_updates"):
            self._platform.inbox.clear()
        self._platform.courier.set(url, secret, max(1, min(connections, 100)))
        return True

    def _delete_webhook(self, parameters: Parameters) -> bool:
        if flag(parameters, "drop_pending_updates"):
            self._platform.inbox.clear()
        self._platform.courier.set("", "", 40)
        return True

    def _webhook_info(self, parameters: Parameters) -> Parameters:
        courier = self._platform.courier
        return {
            "url": courier.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._platform.inbox.waiting),
            **({"last_error_message": courier.last_error} if courier.last_error else {}),
        }

    def _set_commands(self, parameters: Parameters) -> bool:
        commands = parameters.get("commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise bad_request("can't parse commands")
        for command in commands:
            if not re.fullmatch("[a-z0-9_]{1,32}", str(command.get("command"))):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description"))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._platform.commands[str(parameters.get("language_code") or "")] = commands
        return True

    def _get_commands(self, parameters: Parameters) -> list[dict[str, str]]:
        return self._platform.commands.get(str(parameters.get("language_code") or ""), [])

    def _answer_query(self, parameters: Parameters) -> bool:
        query = str(parameters.get("callback_query_id") or "")
        chat = self._platform.queries.pop(query, None)
        if chat is None:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        text = str(parameters.get("text") or "")
        if len(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        self._platform.chats[chat].tell("toast", {"text": text})
        return True


def _kinds(parameters: Parameters) -> list[str] | None:
    kinds = parameters.get("allowed_updates")
    if kinds is None:
        return None
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise bad_request("can't parse allowed updates")
    return kinds
