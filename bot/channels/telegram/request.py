"""The HTTP behind a bot: `Wire` for the frequent calls, aiohttp for uploads, downloads and proxies.

python-telegram-bot's own request class costs more than a whole turn of ours; its `BaseRequest` lets us
bring another. `call` goes around `telegram.Bot` altogether for the frequent methods: building a `Message`
object from every answer takes 0.4 ms that nobody needs.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.errors import (
    AnswerTimedOut,
    ConnectTimedOut,
    NotAnswered,
    NotSent,
    error_of,
    result_of,
)
from bot.channels.telegram.wire import KEEP_ALIVE_SECONDS, Wire

CONNECT_SECONDS = 5.0
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\]')
"""What ends a name within a form."""

File = tuple[str, bytes, str]
"""A file to upload: its name, content and MIME type."""


class AiohttpRequest(BaseRequest):
    """Kept-alive connections to one server; `timeout` seconds for an answer.

    Given a `session`, everything goes through it.
    """

    def __init__(
        self,
        timeout: float = 10.0,
        connect_timeout: float = CONNECT_SECONDS,
        connections: int = 64,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        self._timeout = timeout
        self._connect_timeout = min(connect_timeout, timeout)
        self._connections = connections
        self._session = session
        self._own_session = session is None
        self._wire: Wire | None = None
        self._closed = False
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def read_timeout(self) -> float:
        """Seconds an answer may take."""
        return self._timeout

    async def initialize(self) -> None:
        """Nothing to do: the pool opens itself at the first request."""

    async def shutdown(self) -> None:
        """Let requests under way end and close the pool; later ones get a connection of their own.

        A session given to the constructor stays open.
        """
        self._closed = True
        try:
            async with asyncio.timeout(self._timeout):
                await self._idle.wait()
        except TimeoutError:
            pass
        if self._wire is not None:
            self._wire.close()
        session, self._session = self._session, None
        if session is not None and self._own_session:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One request of `telegram.Bot`; for its rare methods, none of which uploads."""
        parameters = request_data.parameters if request_data is not None else None
        seconds = read_timeout if isinstance(read_timeout, int | float) else self._timeout
        status, body = await self._exchange(method, url, parameters, {}, seconds)
        if status >= 400:
            raise error_of(status, body)
        return status, body

    async def call(
        self,
        url: str,
        parameters: Mapping[str, Any],
        files: Mapping[str, File] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - given on to the connection
    ) -> Any:
        """Post to one method and return its `result`; raises a `TelegramError`."""
        seconds = timeout or self._timeout
        wire = None if files or self._closed or not self._own_session else self._direct(url)
        if wire is None:
            return result_of(*await self._exchange("POST", url, parameters, files or {}, seconds))
        with self._counted():
            return result_of(*await wire.post(url, orjson.dumps(parameters), seconds))

    async def download(self, url: str) -> AsyncIterator[bytes]:
        """The bytes behind a file address, in chunks; raises a `TelegramError`."""
        async with (
            self._pool(url) as session,
            session.get(url, timeout=self._limits(self._timeout), allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise error_of(response.status, await response.read())
            async for chunk in response.content.iter_chunked(65536):
                yield chunk

    async def _exchange(
        self,
        method: str,
        url: str,
        parameters: Mapping[str, Any] | None,
        files: Mapping[str, File],
        seconds: float,
    ) -> tuple[int, bytes]:
        body: Any = None
        headers = {}
        if files:
            body = _form(parameters or {}, files)
        elif parameters is not None:
            body = orjson.dumps(parameters)
            headers["Content-Type"] = "application/json"
        limits = self._limits(seconds)
        async with (
            self._pool(url) as session,
            session.request(
                method, url, data=body, headers=headers, timeout=limits, allow_redirects=False
            ) as response,
        ):
            return response.status, await response.read()

    @asynccontextmanager
    async def _pool(self, url: str) -> AsyncIterator[aiohttp.ClientSession]:
        """The session for one request, with its errors told as Telegram's."""
        session = self._session or self._opened(url)
        try:
            with self._counted():
                yield session
        except aiohttp.ConnectionTimeoutError:
            raise ConnectTimedOut("no connection in time") from None
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as problem:
            raise NotSent(f"no connection: {type(problem).__name__}") from None
        except TimeoutError:
            raise AnswerTimedOut("no answer in time") from None
        except (aiohttp.ClientError, OSError) as problem:
            raise NotAnswered(f"connection lost: {type(problem).__name__}") from None
        finally:
            if session is not self._session and self._own_session:
                await session.close()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._in_flight += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()

    def _direct(self, url: str) -> Wire | None:
        """The connections without a proxy; None where one stands between."""
        if self._wire is None and proxy_for(url) is None:
            self._wire = Wire(url, self._connect_timeout, self._connections)
        return self._wire

    def _opened(self, url: str) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEEP_ALIVE_SECONDS)
        session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), proxy=proxy_for(url)
        )
        if not self._closed:
            self._session = session
        return session

    def _limits(self, seconds: float) -> aiohttp.ClientTimeout:
        connect = self._connect_timeout
        return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect, sock_read=seconds)


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for this address.

    Asked once for the pool, which serves one host; aiohttp's `trust_env` asks anew, in two threads, for
    every request.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None  # the request itself will say what is wrong with the address
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)


def _form(parameters: Mapping[str, Any], files: Mapping[str, File]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)  # people would see a file called %E8%AF%B4
    for name, value in parameters.items():
        form.add_field(name, value if isinstance(value, str) else orjson.dumps(value).decode())
    for name, (filename, content, mime) in files.items():
        form.add_field(name, content, filename=_UNSAFE.sub("_", filename), content_type=mime)
    return form
