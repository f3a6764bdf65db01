"""The frequent requests: JSON posts over kept-alive HTTP/1.1 connections, and nothing more.

Sending is the dearest step of a turn. A general HTTP client takes about 0.25 ms of processor time for a
request of this kind, this one a quarter of that, and it knows for certain whether anything was written.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import cast
from urllib.parse import quote, urlsplit

import httptools

from bot.channels.telegram.errors import AnswerTimedOut, ConnectTimedOut, NotAnswered, NotSent

KEEP_ALIVE_SECONDS = 30.0
LARGEST_ANSWER = 16 * 1024 * 1024

Answer = tuple[int, bytes]
"""An HTTP status and the body."""


class Wire:
    """Connections to the server of `url`, without a proxy; raises NotSent when that is no address."""

    def __init__(self, url: str, connect_seconds: float, connections: int = 64) -> None:
        try:
            address = urlsplit(url)
            self._host, self._port = address.hostname or "", address.port
        except ValueError:
            raise NotSent("no connection: not a usable address") from None
        if address.scheme not in ("http", "https") or not self._host:
            raise NotSent("no connection: not a usable address")
        self._origin = f"{address.scheme}://{address.netloc}"
        self._head = f"HTTP/1.1\r\nHost: {address.netloc.rpartition('@')[2]}\r\nAccept: application/json\r\n"
        self._tls = ssl.create_default_context() if address.scheme == "https" else None
        self._connect_seconds = connect_seconds
        self._room = asyncio.Semaphore(connections)
        self._idle: list[tuple[float, Connection]] = []

    async def post(self, url: str, body: bytes, seconds: float) -> Answer:
        """Post JSON to an address of this server; raises the error that tells how far the request came."""
        head = (
            f"POST {quote(url.removeprefix(self._origin), safe='/:')} {self._head}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        async with self._room:
            connection = self._kept() or await self._connect()
            try:
                async with asyncio.timeout(seconds):
                    answer = await connection.exchange(head.encode("ascii") + body)
            except TimeoutError:
                raise AnswerTimedOut("no answer in time") from None
            finally:
                if connection.reusable:
                    self._idle.append((asyncio.get_running_loop().time(), connection))
                else:
                    connection.abort()
            return answer

    def close(self) -> None:
        """Close the connections that are not in use."""
        for _, connection in self._idle:
            connection.abort()
        self._idle.clear()

    def _kept(self) -> Connection | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            since, connection = self._idle.pop()
            if connection.reusable and now - since < KEEP_ALIVE_SECONDS:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        port = self._port or (443 if self._tls else 80)
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await loop.create_connection(Connection, self._host, port, ssl=self._tls)
        except TimeoutError:
            raise ConnectTimedOut("no connection in time") from None
        except OSError as problem:
            raise NotSent(f"no connection: {type(problem).__name__}") from None
        return connection


class Connection(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._body: list[bytes] = []
        self._size = 0
        self._delimited = False
        self._headers_done = False
        self.reusable = True

    async def exchange(self, request: bytes) -> Answer:
        """Write the request and wait for its answer; raises NotAnswered."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._body, self._size = [], 0
        self._delimited = self._headers_done = False
        self.reusable = False
        self._transport.write(request)
        return await self._answer

    def abort(self) -> None:
        """Close at once."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Of asyncio."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Of asyncio."""
        if self._answer is None or self._answer.done() or self._parser is None:
            return self.abort()  # nobody asked
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._fail("not an HTTP answer")

    def connection_lost(self, problem: Exception | None) -> None:
        """Of asyncio."""
        self.reusable = False
        if problem is None and self._headers_done and not self._delimited:
            self._complete()  # an answer that ends with the connection
        self._fail("connection lost")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of the parser."""
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self._delimited = True

    def on_headers_complete(self) -> None:
        """Of the parser."""
        self._headers_done = True

    def on_body(self, body: bytes) -> None:
        """Of the parser."""
        self._body.append(body)
        self._size += len(body)
        if self._size > LARGEST_ANSWER:
            self._fail("the answer is too large")

    def on_message_complete(self) -> None:
        """Of the parser."""
        assert self._parser is not None
        if self._parser.get_status_code() < 200:  # an interim answer: the real one follows
            self._delimited = self._headers_done = False
            return
        self.reusable = self._parser.should_keep_alive()
        self._complete()

    def _complete(self) -> None:
        if self._answer is not None and self._parser is not None and not self._answer.done():
            self._answer.set_result((self._parser.get_status_code(), b"".join(self._body)))

    def _fail(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NotAnswered(reason))
            self.abort()
