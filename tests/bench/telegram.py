"""Telegram as the servers see it: updates with the fields real ones have, and a Bot API that takes all.

The stub tells each chat's customer what arrived, with the time it arrived at.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson

from tests.bench.wire import json_response

BOT = {"id": 123456, "is_bot": True, "first_name": "Desk", "username": "desk_bot"}
SECRET = "bench-secret"
HEADERS = f"Content-Type: application/json\r\nX-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message from the bot to a chat; `at` is `time.perf_counter()`."""

    at: float
    message_id: int
    text: str
    buttons: tuple[dict[str, Any], ...] = ()


class Stub:
    """The Bot API's server side."""

    def __init__(self) -> None:
        self.sent = 0
        self.last_at = 0.0
        self._chats: dict[int, deque[Arrived]] = defaultdict(deque)
        self._watchers: dict[int, Callable[[Arrived], None]] = {}

    def watch(self, chat: int, told: Callable[[Arrived], None]) -> None:
        """Tell of every message to the chat from now on."""
        self._watchers[chat] = told

    def forget(self, chat: int) -> None:
        """Stop telling."""
        self._watchers.pop(chat, None)

    def answer(self, path: str, body: bytes) -> bytes:
        """Take one call of a method."""
        method = path.rpartition("/")[2].lower()
        if method != "sendmessage":
            return json_response(b'{"ok":true,"result":true}')
        values = _values(body)
        chat = int(values["chat_id"])
        now = time.perf_counter()
        message = Arrived(now, next(_numbers), values.get("text", ""), _buttons(values))
        self.sent += 1
        self.last_at = now
        if told := self._watchers.get(chat):
            told(message)
        result = {
            "message_id": message.message_id,
            "from": BOT,
            "chat": {"id": chat, "first_name": "Wei", "type": "private"},
            "date": int(time.time()),
            "text": message.text,
        }
        return json_response(orjson.dumps({"ok": True, "result": result}))


def text_update(chat: int, text: str) -> bytes:
    """An update with a text message, as Telegram sends it."""
    message = {
        "message_id": next(_numbers),
        "from": _person(chat),
        "chat": _chat(chat),
        "date": int(time.time()),
        "text": text,
    }
    return orjson.dumps({"update_id": next(_numbers), "message": message})


def tap_update(chat: int, on: Arrived, data: str) -> bytes:
    """An update with a press on an inline button."""
    query = {
        "id": str(next(_numbers) + 4_000_000_000),
        "from": _person(chat),
        "message": {
            "message_id": on.message_id,
            "from": BOT,
            "chat": _chat(chat),
            "date": int(time.time()),
            "text": on.text,
            "reply_markup": {"inline_keyboard": [[button] for button in on.buttons]},
        },
        "chat_instance": str(chat * 31),
        "data": data,
    }
    return orjson.dumps({"update_id": next(_numbers), "callback_query": query})


def _person(chat: int) -> dict[str, Any]:
    return {
        "id": chat,
        "is_bot": False,
        "first_name": "Wei",
        "username": f"wei{chat}",
        "language_code": "zh-hans",
    }


def _chat(chat: int) -> dict[str, Any]:
    return {"id": chat, "first_name": "Wei", "username": f"wei{chat}", "type": "private"}


def _values(body: bytes) -> dict[str, Any]:
    if body.startswith(b"{"):
        return orjson.loads(body)
    return {key: value[0] for key, value in parse_qs(body.decode()).items()}


def _buttons(values: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    markup = values.get("reply_markup")
    if not markup:
        return ()
    if isinstance(markup, str):
        markup = orjson.loads(markup)
    return tuple(button for row in markup.get("inline_keyboard", ()) for button in row)
