"""What stands before every route of the API: the token, the limit of the body, headers of all answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any

import structlog

from bot import metrics
from bot.api.pace import Pace
from bot.api.problems import response
from bot.api.tokens import Caller, Keyring
from bot.api.uses import Uses

log = structlog.get_logger()

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

OPEN = ("/openapi.json",)
"""Paths that need no token."""
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Authorization"),
)


class Door:
    """ASGI middleware: who has no token gets 401 before anything of the body is read."""

    def __init__(
        self, app: Any, keyring: Keyring, limit: int, clock: Callable[[], datetime], uses: Uses
    ) -> None:
        self._app = app
        self._keyring = keyring
        self._limit = limit
        self._clock = clock
        self._uses = uses
        self._pace = Pace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _answering(send)
        headers = dict(scope["headers"])
        caller = self._caller(headers.get(b"authorization", b""))
        if caller is None and _path(scope) not in OPEN:
            metrics.count("api_without_token")
            await response("no-token", "Send 'Authorization: Bearer TOKEN'.")(scope, receive, answer)
            return
        now = self._clock()
        if caller is not None and caller.good_until is not None and now >= caller.good_until:
            metrics.count("api_token_expired")
            await response("no-token", "The token has expired.")(scope, receive, answer)
            return
        if caller is not None and (wait := self._pace.wait(caller.name, caller.per_minute, now)):
            metrics.count("api_too_many")
            detail = f"This token may make {caller.per_minute} requests a minute."
            await response("too-many", detail, {"Retry-After": str(wait)})(scope, receive, answer)
            return
        body = await self._body(headers, receive)
        if body is None:
            metrics.count("body_too_large")
            detail, close = f"A body has at most {self._limit} bytes.", {"Connection": "close"}
            await response("too-large", detail, close)(scope, receive, answer)
            return
        known = {**scope.get("state", {}), "caller": caller}
        await self._app({**scope, "state": known}, _replayed(body, receive), answer)
        if caller is not None:
            await self._uses.note(caller.name, now)
        log.info(
            "api.asked", client=caller.name if caller else None, method=scope["method"], path=scope["path"]
        )

    def _caller(self, given: bytes) -> Caller | None:
        scheme, _, token = given.decode("latin-1").partition(" ")
        return self._keyring.caller(token.strip()) if scheme.lower() == "bearer" else None

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
        """All of it, or None where it is too large: then the rest is not read."""
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._limit:
            return None
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self._limit:
                return None
            if not message.get("more_body"):
                return body


def _path(scope: Scope) -> str:
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read, then whatever comes behind it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _answering(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
        await send(message)

    return answer
