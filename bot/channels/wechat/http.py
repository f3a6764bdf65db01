"""HTTP to WeChat's API: one client with a timeout, and failures told apart by whether we were heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from bot.channels.protocol import OutcomeUnknown, Picture, TryLater

Json = dict[str, Any]

KEEPALIVE_SECONDS = 10.0  # shorter than the server's, so that a request seldom meets a dying connection
SLOWEST = 200_000  # bytes a second: an upload may last so much longer than a call
_NOT_TAKEN = (429, 500, 503)


class Http:
    """An aiohttp session opened at the first request; `timeout` seconds for a whole request."""

    def __init__(
        self,
        api_base: str,
        timeout: float,
        open_session: Callable[[], aiohttp.ClientSession] | None = None,
    ) -> None:
        self._base = api_base.rstrip("/")
        self._timeout = timeout
        self._open_session = open_session or _session
        self._session: aiohttp.ClientSession | None = None

    async def post(self, path: str, body: Json, query: dict[str, str] | None = None) -> Json:
        """POST JSON and read JSON; raises TryLater when it was not taken, OutcomeUnknown when unclear."""
        # WeChat shows \\u escapes to the customer as they are: the body must be plain UTF-8.
        data = orjson.dumps(body)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return await self._post(path, query, data=data, headers=headers)

    async def post_file(self, path: str, picture: Picture, query: dict[str, str]) -> Json:
        """POST a file as WeChat takes it, the form's field `media`, and read JSON; raises as `post`."""
        form = aiohttp.FormData(quote_fields=False)  # customers would see a file called %E8%AF%B4
        form.add_field("media", picture.content, filename=picture.name, content_type=picture.mime)
        return await self._post(path, query, len(picture.content) / SLOWEST, data=form)

    async def _post(
        self, path: str, query: dict[str, str] | None, longer: float = 0.0, **content: Any
    ) -> Json:
        async with self._request("POST", self._base + path, query, longer, **content) as answer:
            raw = await answer.read()
            if answer.status in _NOT_TAKEN:
                raise TryLater(f"HTTP {answer.status}")
        return parsed(raw)

    @asynccontextmanager
    async def get(
        self, path: str, query: dict[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response to a GET of an API path or of a whole address."""
        url = path if path.startswith("http") else self._base + path
        async with self._request("GET", url, query) as answer:
            yield answer

    async def close(self) -> None:
        """Close the session; a later request opens another."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def _request(
        self, method: str, url: str, query: dict[str, str] | None, longer: float = 0.0, **more: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None or self._session.closed:
            self._session = self._open_session()
        timeout = aiohttp.ClientTimeout(total=self._timeout + longer, connect=self._timeout)
        # The address carries the access token, so no library message goes into ours.
        try:
            async with self._session.request(
                method, url, params=query, timeout=timeout, allow_redirects=False, **more
            ) as answer:
                yield answer
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as problem:
            raise TryLater(f"no connection: {type(problem).__name__}") from None
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise OutcomeUnknown(f"no answer: {type(problem).__name__}") from None


def parsed(raw: bytes) -> Json:
    """The JSON object in an answer; raises OutcomeUnknown for anything else."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise OutcomeUnknown("the answer is not JSON") from None
    if not isinstance(value, dict):
        raise OutcomeUnknown("the answer is not a JSON object")
    return value


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=64, keepalive_timeout=KEEPALIVE_SECONDS)
    return aiohttp.ClientSession(connector=connector)
