"""Long polling that acknowledges an update only once its turn is durable.

`getUpdates(offset)` acknowledges everything below `offset`, so the offset is the lowest update that is not
durable yet. Each chat's updates are taken in order, different chats at the same time; one that fails is
repeated with growing pauses and holds up its own chat only, because newer updates are fetched past it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any

import structlog
from telegram.error import Conflict, TelegramError

from bot.channels.durable import Persistence, until_durable
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.errors import FloodControl
from bot.channels.telegram.kinds import TAKEN
from bot.channels.telegram.updates import chat_of

log = structlog.get_logger(__name__)

Take = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Patience(Persistence):
    """How polling waits, in seconds."""

    long_poll: float = 30.0
    batch: float = 1.0
    farewell: float = 5.0


class Poller:
    """Brings one bot's updates to `take`, which returns when the update is durable or need not be."""

    def __init__(
        self, api: BotApi, take: Take, count: Callable[[str], None], patience: Patience | None = None
    ) -> None:
        self._api = api
        self._take = take
        self._count = count
        self._patience = patience or Patience()
        self._waiting: dict[Hashable, deque[dict[str, Any]]] = {}
        self._lines: set[asyncio.Task[None]] = set()
        self._unfinished: set[int] = set()
        self._finished: set[int] = set()
        self._progress = asyncio.Event()

    @property
    def offset(self) -> int | None:
        """What the next request acknowledges up to; None when nothing waits to be acknowledged.

        Sending an old offset for ever would be wrong: after a quiet week Telegram starts anew with a
        random number, which may be lower.
        """
        if self._unfinished:
            return min(self._unfinished)
        return max(self._finished) + 1 if self._finished else None

    async def run(self) -> None:
        """Poll until cancelled."""
        failures = 0
        while True:
            try:
                fresh = await self._poll()
                failures = 0
            except TelegramError as error:
                failures += 1
                log.warning("telegram.poll_failed", kind=type(error).__name__, reason=error.message)
                if isinstance(error, Conflict):
                    await self._drop_webhook()
                await asyncio.sleep(_pause(error, failures, self._patience))
                continue
            await self._settle(fresh)

    async def finish(self) -> None:
        """After `run` was cancelled: let turns under way end, and acknowledge what is durable."""
        if self._lines:
            await asyncio.wait(self._lines, timeout=self._patience.farewell)
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        if self.offset is not None:
            try:
                await self._request(0.0, limit=1)
            except TelegramError as error:
                log.warning("telegram.last_offset_lost", kind=type(error).__name__)

    async def _poll(self) -> int:
        """Fetch once and hand out what is new; returns how many updates were."""
        offset = self.offset
        updates = await self._request(0.0 if self._unfinished else self._patience.long_poll)
        if offset is not None:
            self._finished = {number for number in self._finished if number >= offset}
        return sum(self._accept(update) for update in updates)

    async def _request(self, wait: float, limit: int = 100) -> list[Any]:
        parameters: dict[str, Any] = {"timeout": int(wait), "limit": limit, "allowed_updates": TAKEN}
        if self.offset is not None:
            parameters["offset"] = self.offset
        updates = await self._api.call("getUpdates", parameters, timeout=wait + 10)
        return updates if isinstance(updates, list) else []

    def _accept(self, update: Any) -> bool:
        number = update.get("update_id") if isinstance(update, dict) else None
        if type(number) is not int:
            self._count("telegram.update_without_id")
            return False
        if number in self._unfinished or number in self._finished:
            return False
        self._unfinished.add(number)
        chat = chat_of(update)
        key: Hashable = ("update", number) if chat is None else chat
        if key in self._waiting:
            self._waiting[key].append(update)
        else:
            self._waiting[key] = deque([update])
            line = asyncio.create_task(self._serve(key))
            self._lines.add(line)
            line.add_done_callback(self._lines.discard)
        return True

    async def _serve(self, key: Hashable) -> None:
        """One chat's updates, one after the other."""
        queue = self._waiting[key]
        while queue:
            number = queue[0]["update_id"]
            await until_durable(
                lambda: self._take(queue[0]), "telegram.update", number, self._count, self._patience
            )
            queue.popleft()
            self._unfinished.discard(number)
            self._finished.add(number)
            self._progress.set()
        del self._waiting[key]

    async def _drop_webhook(self) -> None:
        """A webhook that is set keeps updates from us."""
        try:
            await self._api.call("deleteWebhook", {"drop_pending_updates": False})
        except TelegramError as error:
            log.warning("telegram.webhook_stays", kind=type(error).__name__)

    async def _settle(self, fresh: int) -> None:
        """Give the batch time to become durable before asking again."""
        if not fresh and not self._unfinished:
            return await asyncio.sleep(0)
        deadline = asyncio.get_running_loop().time() + self._patience.batch
        while self._unfinished:
            self._progress.clear()
            try:
                async with asyncio.timeout_at(deadline):  # wait_for may swallow a cancellation
                    await self._progress.wait()
            except TimeoutError:
                return


def _pause(error: TelegramError, failures: int, patience: Patience) -> float:
    return error.seconds if isinstance(error, FloodControl) else patience.pause(failures)
