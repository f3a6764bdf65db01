"""Webhook deliveries: in order within a chat, repeated until the bot answers 2xx."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import orjson

from bot.simulators.telegram.faults import Faults
from bot.simulators.telegram.inbox import Inbox

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
SECONDS = 10.0

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[int]]
"""Posts a body with headers to an address and returns the status; raises OSError or TimeoutError."""


class Courier:
    """Brings the inbox's updates to the webhook, `connections` at a time; `pause` seconds after a failure."""

    def __init__(self, inbox: Inbox, faults: Faults, pause: float = 1.0, post: Post | None = None) -> None:
        self._inbox = inbox
        self._faults = faults
        self._pause = pause
        self._post = post or self._over_http
        self._session: aiohttp.ClientSession | None = None
        self._lines: dict[int, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(40)
        self.url = ""
        self.secret = ""
        self.attempts = 0
        self.last_error = ""

    def set(self, url: str, secret: str, connections: int) -> None:
        """Deliver to this address from now on; an empty one ends it."""
        self.url, self.secret = url, secret
        self._room = asyncio.Semaphore(connections)
        self.kick()

    def kick(self) -> None:
        """Start a line for every chat that has updates and none yet."""
        if not self.url:
            return
        for update in self._inbox.waiting:
            chat = _chat(update)
            if chat not in self._lines:
                self._lines[chat] = asyncio.create_task(self._serve(chat))

    async def stop(self) -> None:
        """Deliver nothing more."""
        self.url = ""
        lines = list(self._lines.values())
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _serve(self, chat: int) -> None:
        try:
            while self.url and (update := self._first(chat)) is not None:
                async with self._room:
                    taken = await self._deliver(update)
                if taken:
                    self._inbox.acknowledge(update["update_id"])
                else:
                    await asyncio.sleep(self._pause)
        finally:
            self._lines.pop(chat, None)

    def _first(self, chat: int) -> dict[str, Any] | None:
        return next((update for update in self._inbox.waiting if _chat(update) == chat), None)

    async def _deliver(self, update: dict[str, Any]) -> bool:
        self.attempts += 1
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers[SECRET_HEADER] = self.secret
        try:
            status = await self._post(self.url, orjson.dumps(update), headers)
        except (OSError, TimeoutError, aiohttp.ClientError) as problem:
            self.last_error = type(problem).__name__
            return False
        if not 200 <= status < 300:
            self.last_error = f"Wrong response from the webhook: {status}"
            return False
        return True

    async def _over_http(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=100)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=aiohttp.ClientTimeout(total=SECONDS)
            )
        async with self._session.post(url, data=body, headers=headers) as answer:
            await answer.read()
            return answer.status


def _chat(update: dict[str, Any]) -> int:
    for content in update.values():
        if isinstance(content, dict):
            holder = content.get("chat") or content.get("from")
            if isinstance(holder, dict):
                return int(holder["id"])
    return 0
