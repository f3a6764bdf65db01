"""How a call of the Bot API can fail, as python-telegram-bot's errors, and how far the request came.

No error text holds an address: the token is part of it.
"""

from __future__ import annotations

from typing import Any

import orjson
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)


class NotSent(NetworkError):
    """No connection could be made: the request certainly did not reach the platform."""


class NotAnswered(NetworkError):
    """The connection broke after the request may have gone out."""


class AnswerTimedOut(TimedOut):
    """The request went out and no answer came in time."""


class ConnectTimedOut(TimedOut):
    """No connection in time: the request certainly did not reach the platform."""


class ServerFault(NetworkError):
    """The platform answered with a 5xx status, kept in `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the platform answered {status}")
        self.status = status


class FloodControl(TelegramError):
    """Too many requests (429); `seconds` is how long to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many requests, wait {seconds:g} s")
        self.seconds = seconds


class TooLarge(BadRequest):
    """The platform refused the request for its size (413)."""


def result_of(status: int, body: bytes) -> Any:
    """What a method returned; raises the `TelegramError` that the answer means."""
    if status != 200:
        raise error_of(status, body)
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotAnswered("the answer is not JSON") from None
    if not isinstance(answer, dict) or not answer.get("ok") or "result" not in answer:
        raise NotAnswered("the answer has no result")
    return answer["result"]


def error_of(status: int, body: bytes) -> TelegramError:
    """The error that an answer other than 200 means."""
    if status >= 500:
        return ServerFault(status)
    description, parameters = _explained(body)
    words = description or f"status {status}"
    if status == 429 or "retry_after" in parameters:
        after = parameters.get("retry_after")
        return FloodControl(after if isinstance(after, int | float) and after > 0 else 1)
    if isinstance(parameters.get("migrate_to_chat_id"), int):
        return ChatMigrated(parameters["migrate_to_chat_id"])
    kinds: dict[int, type[TelegramError]] = {
        400: BadRequest,
        401: InvalidToken,
        403: Forbidden,
        404: InvalidToken,
        409: Conflict,
        413: TooLarge,
    }
    return kinds.get(status, NotAnswered)(words)


def _explained(body: bytes) -> tuple[str, dict[str, Any]]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", {}
    if not isinstance(answer, dict):
        return "", {}
    description, parameters = answer.get("description"), answer.get("parameters")
    return (
        description if isinstance(description, str) else "",
        parameters if isinstance(parameters, dict) else {},
    )
