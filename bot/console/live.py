"""Live pages: one look at the log of changes for all of this process; who reconnects fetches everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from bot.console.door import AccountFirst, Forbidden, SignInWanted
from bot.console.parts import Parts
from storage import StoreProblem

log = structlog.get_logger()

LOOK_SECONDS = 0.1
CHECK_SECONDS = 20.0
"""How often a stream asks whether its user is still signed in, and says that their page is open."""


@dataclass(frozen=True, slots=True)
class News:
    """The newest number of the log, and the conversations that changed; 0: something else did."""

    newest: int
    changed: tuple[int, ...]


class Hub:
    """The open pages of this process; they are told what changed between two looks, all at once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._pages: set[asyncio.Queue[News]] = set()
        self._task: asyncio.Task[None] | None = None
        self._told: dict[int, None] = {}
        self._newest = 0
        self._joining = asyncio.Lock()

    async def join(self) -> asyncio.Queue[News]:
        """A page is open; what changes from now on comes through the queue."""
        async with self._joining:  # after a restart every page comes at once
            if self._task is None or self._task.done():
                self._newest = await self._parts.store.read(lambda tx: tx.live.newest())
                self._task = asyncio.create_task(self._watch(), name="console.live")
            page: asyncio.Queue[News] = asyncio.Queue()
            self._pages.add(page)
            return page

    def leave(self, page: asyncio.Queue[News]) -> None:
        """The page is closed; with the last one the looking ends."""
        self._pages.discard(page)
        if not self._pages and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self) -> None:
        while True:
            try:
                now, after = self._parts.clock(), self._newest
                self._tell(
                    await self._parts.store.read(
                        lambda tx, n=now, a=after: tx.live.recent(n, a)  # type: ignore[misc]
                    )
                )
            except StoreProblem as problem:
                log.warning("console.live_waits", reason=str(problem))
            except Exception:  # the pages of this process depend on it
                log.exception("console.live_failed")
            await asyncio.sleep(LOOK_SECONDS)

    def _tell(self, found: Iterable[tuple[int, int | None]]) -> None:
        fresh = {number: one for number, one in found if number not in self._told}
        if not fresh:
            return
        self._told |= dict.fromkeys(fresh)
        while len(self._told) > 5000:
            self._told.pop(next(iter(self._told)))
        self._newest = max(self._newest, *fresh)
        news = News(max(fresh), tuple(dict.fromkeys(one or 0 for one in fresh.values())))
        for page in self._pages:
            page.put_nowait(news)


def router(parts: Parts) -> APIRouter:
    """The stream at /live."""
    routes, hub = APIRouter(), Hub(parts)

    @routes.get("/live")
    async def live(request: Request) -> StreamingResponse:
        visitor, now = await parts.guard.visitor(request, active=False), parts.clock()
        await parts.store.transact(lambda tx: tx.presence.seen(visitor.user.id, now))  # there again, at once
        return StreamingResponse(_stream(parts, hub, request), media_type="text/event-stream")

    return routes


async def _stream(parts: Parts, hub: Hub, request: Request) -> AsyncIterator[str]:
    """Whatever was missed before: the page looks at everything once, then at what changes.

    However much changes, it is asked again and again whether its user is still signed in; at once where
    somebody was signed out.
    """
    page, clock = await hub.join(), asyncio.get_running_loop().time
    try:
        yield "retry: 1000\nevent: resync\ndata: -\n\n"
        check = clock() + CHECK_SECONDS
        while True:
            news: News | None
            try:
                news = await asyncio.wait_for(page.get(), max(0.0, check - clock()))
            except TimeoutError:
                news = None
            due = clock() >= check
            if due or news is None or 0 in news.changed:
                try:
                    visitor = await parts.guard.visitor(request, active=False)
                except (SignInWanted, AccountFirst, Forbidden):
                    yield "event: signed-out\ndata: -\n\n"
                    return
                if due:
                    check = clock() + CHECK_SECONDS
                    now, user_id = parts.clock(), visitor.user.id
                    await parts.store.transact(lambda tx, u=user_id, n=now: tx.presence.seen(u, n))  # type: ignore[misc]
            if news is None:
                yield ": open\n\n"
            else:
                yield f"id: {news.newest}\nevent: changes\ndata: {','.join(map(str, news.changed))}\n\n"
    finally:
        hub.leave(page)
