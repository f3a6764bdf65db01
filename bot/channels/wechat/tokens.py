"""WeChat's access token: one for all processes, fetched early, by one task at a time, forced rarely."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.channels.protocol import TryLater
from storage.tokens import AccessToken

log = structlog.get_logger()

EARLY_SECONDS = 300.0  # before the end WeChat hands out the next token and honours both
FORCE_INTERVAL = timedelta(seconds=30)
FORCE_PER_DAY = 20

Fetch = Callable[[bool], Awaitable[tuple[str, float]]]


class TokenShelf(Protocol):
    """Where the processes of the desk share one account's token."""

    async def get(self) -> AccessToken | None:
        """The token put last, expired or not, or None."""
        ...

    async def put(self, token: AccessToken) -> None:
        """Share a new token."""
        ...


class MemoryShelf:
    """A shelf for one process and for tests."""

    def __init__(self) -> None:
        self.token: AccessToken | None = None

    async def get(self) -> AccessToken | None:
        """The token put last."""
        return self.token

    async def put(self, token: AccessToken) -> None:
        """Keep the token."""
        self.token = token


class AccessTokens:
    """The account's current token; `fetch(force)` asks WeChat for (token, seconds it is valid)."""

    def __init__(self, fetch: Fetch, shelf: TokenShelf, clock: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._shelf = shelf
        self._clock = clock
        self._known: AccessToken | None = None
        self._forced: deque[datetime] = deque(maxlen=FORCE_PER_DAY)
        self._one_at_a_time = asyncio.Lock()

    async def current(self) -> str:
        """A token that is good for a while; raises what `fetch` raises when there is none."""
        if self._known and self._is_fresh(self._known):
            return self._known.token
        async with self._one_at_a_time:
            if self._known and self._is_fresh(self._known):
                return self._known.token
            shared = await self._shelf.get()
            if shared and self._is_fresh(shared):
                self._known = shared
                return shared.token
            return await self._share(await self._ask(False, shared.forced_at if shared else None))

    async def replace(self, refused: str) -> str:
        """Another token than the one WeChat just refused; raises TryLater when it gives no other yet."""
        async with self._one_at_a_time:
            shared = await self._shelf.get()
            for token in (self._known, shared):
                if token and token.token != refused and self._is_fresh(token):
                    self._known = token
                    return token.token
            forced_at = shared.forced_at if shared else None
            fresh = await self._ask(False, forced_at)
            if fresh.token == refused:
                fresh = await self._force(refused, forced_at)
            return await self._share(fresh)

    async def _force(self, refused: str, forced_at: datetime | None) -> AccessToken:
        now = self._clock()
        last = max((at for at in (forced_at, *self._forced) if at), default=None)
        if last and now - last < FORCE_INTERVAL:
            wait = (last + FORCE_INTERVAL - now).total_seconds()
            raise TryLater("the access token was renewed moments ago", wait, account_wide=True)
        if len(self._forced) == FORCE_PER_DAY and now - self._forced[0] < timedelta(days=1):
            raise TryLater("today's forced token renewals are used up", 3600, account_wide=True)
        self._forced.append(now)
        log.warning("access_token.forced")
        fresh = await self._ask(True, now)
        if fresh.token == refused:
            wait = FORCE_INTERVAL.total_seconds()
            raise TryLater("the platform keeps giving a token it refuses", wait, account_wide=True)
        return fresh

    async def _ask(self, force: bool, forced_at: datetime | None) -> AccessToken:
        token, seconds = await self._fetch(force)
        usable = seconds - min(EARLY_SECONDS, seconds / 10)
        return AccessToken(token, self._clock() + timedelta(seconds=usable), forced_at)

    async def _share(self, token: AccessToken) -> str:
        self._known = token
        await self._shelf.put(token)
        return token.token

    def _is_fresh(self, token: AccessToken) -> bool:
        return token.expires_at > self._clock()
