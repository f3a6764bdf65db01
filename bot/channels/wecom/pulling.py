"""Pulling an account's news: `sync_msg` from the stored cursor, which moves once what it passes is durable.

A callback only rings: one that is lost costs nothing but time, because the log is also read now and then
and after every start. What is read twice is recognised by its msgid.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.channels.durable import Persistence
from bot.channels.protocol import DeliveryProblem, Refused, TryLater
from bot.channels.wechat.problems import ApiProblem
from bot.channels.wecom.api import WeComApi
from bot.channels.wecom.place import Place
from bot.channels.wecom.problems import BAD_TOKEN
from storage import StoreProblem, StoreUnavailable

log = structlog.get_logger()

SYNC = "/cgi-bin/kf/sync_msg"
PAGE = 200  # entries a call; WeCom's limit is 1000
MAX_CURSOR = 64
TOKEN_LIFE = timedelta(minutes=9)  # of WeCom's ten
BUSY_SECONDS = 0.25
FAREWELL_SECONDS = 5.0

Entry = dict[str, Any]
Take = Callable[[Sequence[Entry]], Awaitable[None]]
"""Takes a page of the log; returns once it is durable."""


class Puller:
    """Reads one account's log when rung, and every `poll` seconds."""

    def __init__(
        self,
        api: WeComApi,
        account: str,
        place: Place,
        clock: Callable[[], datetime],
        poll: float = 300.0,
        persistence: Persistence | None = None,
    ) -> None:
        self.account = account
        self._api = api
        self._place = place
        self._clock = clock
        self._poll = poll
        self._persistence = persistence or Persistence()
        self._bell = asyncio.Event()
        self._token: tuple[str, datetime] | None = None
        self._stopping = asyncio.Event()
        self._read_to: str | None = None
        self._task: asyncio.Task[None] | None = None

    def wake(self, token: str) -> None:
        """A callback came, with a token that allows calling often for ten minutes."""
        if token:
            self._token = token, self._clock()
        self._bell.set()

    def start(self, take: Take) -> None:
        """Begin reading, at once."""
        self._task = asyncio.create_task(self._run(take))

    async def stop(self) -> None:
        """Let the page under way be taken, then stop."""
        self._stopping.set()
        self._bell.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=FAREWELL_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def pull(self, take: Take) -> None:
        """Read to the end of the log; raises ApiProblem, DeliveryProblem or StoreProblem where it stops."""
        while (cursor := await self._place.enter()) is None:
            if self._stopping.is_set():
                return
            # Its reader may be past what we were rung for: the place is waited for, not left to it.
            await asyncio.sleep(BUSY_SECONDS)
        try:
            await self._read(cursor, take)
        except BaseException:
            with suppress(StoreProblem):
                await self._place.leave()
            raise

    async def _run(self, take: Take) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._bell.clear()
            try:
                await self.pull(take)
                failures = 0
            except StoreUnavailable as problem:
                failures += 1
                await self._go_on(problem, failures, take)
                continue
            except (ApiProblem, DeliveryProblem, StoreProblem) as problem:
                failures += 1
                await self._pause(problem, failures)
                continue
            except Exception:
                log.exception("wecom.pull_broke", account=self.account)
                failures += 1
                await self._rest(self._persistence.pause(failures))
                continue
            await _first(self._bell, self._poll)

    async def _read(self, cursor: str, take: Take, stored: bool = True) -> None:
        more = True
        while more:
            answer = await self._page(cursor)
            entries = answer.get("msg_list")
            await take([entry for entry in entries if isinstance(entry, dict)] if entries else [])
            after = answer.get("next_cursor")
            cursor = after if isinstance(after, str) and 0 < len(after) <= MAX_CURSOR else cursor
            more = answer.get("has_more") == 1 and not self._stopping.is_set()
            self._read_to = cursor
            if stored and not await self._place.advance(cursor, more):
                log.warning("wecom.place_lost", account=self.account)
                return

    async def _page(self, cursor: str) -> dict[str, Any]:
        body = {"open_kfid": self.account, "cursor": cursor, "limit": PAGE, "voice_format": 0}
        try:
            return await self._api.call(SYNC, body | {"token": self._fresh_token()})
        except ApiProblem as problem:
            if problem.code == BAD_TOKEN:
                self._token = None
                return await self._api.call(SYNC, body | {"token": ""})
            if not cursor or not isinstance(self._api.explained(problem), Refused):
                raise
            # Not taken any more: from the beginning of the last three days; what is known is skipped.
            log.error("wecom.cursor_refused", account=self.account, code=problem.code)
            return await self._api.call(SYNC, body | {"token": self._fresh_token(), "cursor": ""})

    def _fresh_token(self) -> str:
        if self._token is None or self._clock() - self._token[1] > TOKEN_LIFE:
            return ""
        return self._token[0]

    async def _go_on(self, problem: StoreUnavailable, failures: int, take: Take) -> None:
        """The store is away: read on from where this process was, for the desk to keep it on disk.

        The stored place stays where it is; what is read again from there is recognised.
        """
        log.warning("wecom.pull_without_store", account=self.account, reason=str(problem))
        if self._read_to is not None:
            try:
                await self._read(self._read_to, take, stored=False)
            except (ApiProblem, DeliveryProblem, StoreProblem) as again:
                return await self._pause(again, failures)
        await _first(self._bell, self._persistence.pause(failures))

    async def _pause(self, problem: Exception, failures: int) -> None:
        found = self._api.explained(problem) if isinstance(problem, ApiProblem) else problem
        wait = found.after if isinstance(found, TryLater) else None
        log.warning("wecom.pull_failed", account=self.account, reason=str(found), failures=failures)
        await self._rest(self._persistence.pause(failures) if wait is None else wait)

    async def _rest(self, seconds: float) -> None:
        """Wait whoever rings, unless it is to stop."""
        await _first(self._stopping, seconds)


async def _first(event: asyncio.Event, seconds: float) -> None:
    """Wait for it, so long at most."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
