"""A local server that speaks the chat completions protocol and misbehaves as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


def body(content: str | None, **more: Any) -> dict[str, Any]:
    """A completion whose message has that content."""
    message = {"role": "assistant", "content": content, **more.pop("message", {})}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "tiny",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 321, "completion_tokens": 12, "total_tokens": 333},
        **more,
    }


def says(answer: Any, **more: Any) -> Behaviour:
    """Answers with that content; what is not a string is written as JSON."""
    content = answer if isinstance(answer, str | None) else json.dumps(answer, ensure_ascii=False)

    async def behave(request: web.Request) -> web.StreamResponse:
        return web.json_response(body(content, **more))

    return behave


def sends(raw: bytes, status: int = 200, **headers: str) -> Behaviour:
    """Answers with those bytes."""

    async def behave(request: web.Request) -> web.StreamResponse:
        sent = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return web.Response(body=raw, status=status, headers=sent)

    return behave


def hangs(seconds: float = 30) -> Behaviour:
    """Takes the question and says nothing for so long."""

    async def behave(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.json_response(body("{}"))

    return behave


def trickles(part: bytes, every: float = 0.05, status: int = 200) -> Behaviour:
    """Sends the same bytes again and again without end."""

    async def behave(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
        await response.prepare(request)
        while True:
            await response.write(part)
            await asyncio.sleep(every)

    return behave


def drops() -> Behaviour:
    """Closes the connection without an answer."""

    async def behave(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    return behave


@dataclass(slots=True)
class Model:
    """The server: `behaviours` are used up one a request, the last stays; `asked` holds what was received."""

    url: str = ""
    behaviours: list[Behaviour] = field(default_factory=lambda: [says({})])
    asked: list[dict[str, Any]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    under_way: int = 0
    most: int = 0

    def will(self, *behaviours: Behaviour) -> None:
        """Behave like that from now on."""
        self.behaviours = list(behaviours)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        self.raw.append(await request.text())
        self.asked.append(json.loads(self.raw[-1]))
        self.headers.append(dict(request.headers))
        behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            return await behaviour(request)
        finally:
            self.under_way -= 1

    def told(self, number: int = -1) -> dict[str, Any]:
        """The choices and the message of a question."""
        return dict(json.loads(self.asked[number]["messages"][-1]["content"]))


@asynccontextmanager
async def serving() -> AsyncIterator[Model]:
    """The server on a free port of this machine."""
    model = Model()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(shutdown_timeout=0.1)
    model.url = str(server.make_url("/v1"))
    try:
        yield model
    finally:
        await server.close()
