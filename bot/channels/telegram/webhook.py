"""Telegram's webhook: updates come to `POST /webhooks/telegram`, guarded by the secret token."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from bot.channels.telegram.fields import Malformed

log = structlog.get_logger(__name__)

PATH = "/webhooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
RETRY_SECONDS = "5"

Take = Callable[[dict[str, Any]], Awaitable[None]]


def webhook_router(take: Take, secret: str, count: Callable[[str], None]) -> APIRouter:
    """The route; it answers 200 only after `take` returned, so that Telegram repeats everything else.

    Telegram gives a failing update up after a while, and keeps the order within a chat by itself.
    """

    async def receive(request: Request) -> JSONResponse:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            count("telegram.wrong_secret")
            return _answer(401, "missing or wrong secret token")
        try:
            update = decoded(await request.body())
        except ValueError as problem:
            count("telegram.malformed")
            return _answer(400, str(problem))
        try:
            await take(update)
        except Malformed as problem:
            return _answer(400, str(problem))
        except Exception:  # the turn's edge: Telegram sends it again
            log.exception("telegram.update_failed", update=update.get("update_id"))
            return _answer(503, "the update could not be taken; please send it again")
        return _answer(200)

    routes = APIRouter()
    routes.add_route(PATH, receive, methods=["POST"])
    return routes


def decoded(body: bytes) -> dict[str, Any]:
    """The update in a request body; raises ValueError with what is wrong with it."""
    try:
        update = orjson.loads(body)
    except orjson.JSONDecodeError:
        update = _leniently(body)
    if not isinstance(update, dict):
        raise ValueError("the body must be a JSON object")
    return update


def _leniently(body: bytes) -> Any:
    """With the reader that takes lone surrogates, which cleaning then mends."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("the body is not valid JSON") from None


def _answer(status: int, problem: str | None = None) -> JSONResponse:
    headers = {"Retry-After": RETRY_SECONDS} if status == 503 else None
    return JSONResponse({"ok": True} if problem is None else {"error": problem}, status, headers)
