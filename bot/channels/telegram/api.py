"""One bot's methods: its token, its address and the pool behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from telegram import Bot

from bot.channels.telegram.request import AiohttpRequest, File


class BotApi:
    """Calls methods of the Bot API at `api_base` (what stands before `/bot<token>/`).

    `bot` is python-telegram-bot's own object on the same pool, for the methods called once at start.
    """

    def __init__(self, token: str, api_base: str, request: AiohttpRequest) -> None:
        base = api_base.rstrip("/")
        self._methods = f"{base}/bot{token}"
        self._files = f"{base}/file/bot{token}"
        self._request = request
        self.bot = Bot(token, f"{base}/bot", f"{base}/file/bot", request=request, get_updates_request=request)

    async def call(
        self,
        method: str,
        parameters: Mapping[str, Any],
        files: Mapping[str, File] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - given on to the connection
    ) -> Any:
        """The method's `result` as plain JSON values; raises a `TelegramError`."""
        return await self._request.call(f"{self._methods}/{method}", parameters, files, timeout)

    def download(self, path: str) -> AsyncIterator[bytes]:
        """The file at the `file_path` that `getFile` gave, in chunks; raises a `TelegramError`."""
        return self._request.download(f"{self._files}/{path}")

    async def close(self) -> None:
        """Close the pool."""
        await self._request.shutdown()
