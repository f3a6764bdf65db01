"""How the simulated platform reaches the developer's server: over HTTP, or straight into an ASGI app."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.simulators.wechat.pushes import Answer, Post


def over_http(url: str, session: Callable[[], aiohttp.ClientSession] = aiohttp.ClientSession) -> Post:
    """Posts to an address; one connection a push, as WeChat's servers do."""

    async def post(query: dict[str, str], body: bytes) -> Answer:
        try:
            async with session() as client:
                headers = {"Content-Type": "text/xml"}
                async with client.post(url, params=query, data=body, headers=headers) as answer:
                    return Answer(answer.status, await answer.read())
        except aiohttp.ClientError as problem:
            raise ConnectionError(type(problem).__name__) from None

    return post


def into_app(app: Any, path: str = "/webhooks/wechat", method: str = "POST") -> Post:
    """Calls an ASGI application in this process; hanging up does not stop what the application began."""
    running: set[asyncio.Task[None]] = set()

    async def post(query: dict[str, str], body: bytes) -> Answer:
        call = _Call(body)
        task = asyncio.create_task(app(_scope(method, path, query), call.receive, call.send))
        running.add(task)
        task.add_done_callback(running.discard)
        try:
            await asyncio.wait({task, call.done}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            call.hung_up.set()
        if not call.done.done():
            raise ConnectionError("the application ended without an answer")
        return Answer(call.status, b"".join(call.chunks))

    return post


class _Call:
    """One ASGI request from the client's side."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self.status = 500
        self.chunks: list[bytes] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.hung_up = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.chunks.append(message.get("body", b""))
        if not message.get("more_body") and not self.done.done():
            self.done.set_result(None)


def _scope(method: str, path: str, query: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": urlencode(query).encode(),
        "headers": [(b"host", b"simulator"), (b"content-type", b"text/xml")],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }
