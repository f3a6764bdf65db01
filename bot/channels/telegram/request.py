"""HTTP to the Bot API over aiohttp: one keep-alive pool, and errors that say whether a request got out.

python-telegram-bot's own request class costs more than a whole turn of ours; its `BaseRequest` lets us
bring another. `call` goes around `telegram.Bot` altogether for the frequent methods: building a `Message`
object from every answer takes 0.4 ms that nobody needs. No error text holds a URL: the token is part of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
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
from telegram.request import BaseRequest, RequestData

CONNECT_SECONDS = 5.0
KEEP_ALIVE_SECONDS = 30.0

File = tuple[str, bytes, str]
"""A file to upload: its name, content and MIME type."""


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


class AiohttpRequest(BaseRequest):
    """A pool of keep-alive connections; `timeout` seconds for an answer, made at first use."""

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
        return await self._exchange(method, url, parameters, {}, seconds)

    async def call(
        self,
        url: str,
        parameters: Mapping[str, Any],
        files: Mapping[str, File] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the socket's, enforced by aiohttp
    ) -> Any:
        """Post to one method and return its `result`; raises a `TelegramError`."""
        status, body = await self._exchange("POST", url, parameters, files or {}, timeout or self._timeout)
        return result_of(status, body)

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
        self._in_flight += 1
        self._idle.clear()
        try:
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
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()
            if session is not self._session and self._own_session:
                await session.close()

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


def _form(parameters: Mapping[str, Any], files: Mapping[str, File]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in parameters.items():
        form.add_field(name, value if isinstance(value, str) else orjson.dumps(value).decode())
    for name, (filename, content, mime) in files.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form
