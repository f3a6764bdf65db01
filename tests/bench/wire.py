"""HTTP/1.1 with as little work as it can be done: a keep-alive client and a server for the stub.

The compared servers should be what is slow, not the side that loads them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

import httptools

Answer = Callable[[str, bytes], bytes]
"""What a server says to a path and a body: the whole response."""


class Client(asyncio.Protocol):
    """One keep-alive connection to 127.0.0.1; one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._done: asyncio.Future[tuple[int, bytes]] | None = None

    @classmethod
    async def open(cls, port: int) -> Client:
        """A connection to that port."""
        _, client = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return client

    async def post(self, path: str, body: bytes, headers: str = "") -> tuple[int, bytes]:
        """The status and body of the answer; `headers` are whole lines."""
        assert self._transport is not None
        self._done = asyncio.get_running_loop().create_future()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self._transport.write(head.encode() + body)
        return await asyncio.wait_for(self._done, 60)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, _reason: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(ConnectionError("the server hung up"))

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        body, self._body = b"".join(self._body), []
        assert self._done is not None
        status = self._parser.get_status_code()
        self._parser = httptools.HttpResponseParser(self)
        if not self._done.done():
            self._done.set_result((status, body))


class ServerSide(asyncio.Protocol):
    """One connection to the stub; answers each request at once."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._path = ""
        self._body: list[bytes] = []
        self._whole: deque[tuple[str, bytes]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)
        assert self._transport is not None
        while self._whole:
            self._transport.write(self._answer(*self._whole.popleft()))

    def on_url(self, path: bytes) -> None:
        self._path += path.decode()

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        self._whole.append((self._path, b"".join(self._body)))
        self._path, self._body = "", []


def json_response(body: bytes) -> bytes:
    """A 200 with a JSON body."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def listen(answer: Answer) -> tuple[asyncio.Server, int]:
    """A server on a free port of 127.0.0.1, and the port."""
    server = await asyncio.get_running_loop().create_server(lambda: ServerSide(answer), "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]
