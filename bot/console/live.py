"""Live pages: one look at the log of changes for all pages of this process, read on after a reconnect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from bot.console.door import AccountFirst, Forbidden, SignInWanted
from bot.console.parts import Parts
from storage import StoreProblem

log = structlog.get_logger()

LOOK_SECONDS = 0.25
CHECK_SECONDS = 20.0
"""How often a stream asks whether its user is still signed in, and says that their page is open."""


class Hub:
    """The open pages of this process; they are told numbers of the log."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._pages: set[asyncio.Queue[tuple[int, int | None]]] = set()
        self._task: asyncio.Task[None] | None = None
        self._told: dict[int, None] = {}
        self._newest = 0

    async def join(self) -> asyncio.Queue[tuple[int, int | None]]:
        """A page is open; what changes from now on comes through the queue."""
        if self._task is None or self._task.done():
            self._newest = await self._parts.store.read(lambda tx: tx.live.newest())
            self._task = asyncio.create_task(self._watch(), name="console.live")
        page: asyncio.Queue[tuple[int, int | None]] = asyncio.Queue()
        self._pages.add(page)
        return page

    def leave(self, page: asyncio.Queue[tuple[int, int | None]]) -> None:
        """The page is closed; with the last one the looking ends."""
        self._pages.discard(page)
        if not self._pages and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self) -> None:
        while True:
            try:
                now, after = self._parts.clock(), self._newest
                for number, one in await self._parts.store.read(
                    lambda tx, n=now, a=after: tx.live.recent(n, a)  # type: ignore[misc]
                ):
                    self._tell(number, one)
            except StoreProblem as problem:
                log.warning("console.live_waits", reason=str(problem))
            except Exception:  # the pages of this process depend on it
                log.exception("console.live_failed")
            await asyncio.sleep(LOOK_SECONDS)

    def _tell(self, number: int, conversation_id: int | None) -> None:
        if number in self._told:
            return
        self._told[number] = None
        if len(self._told) > 5000:
            self._told.pop(next(iter(self._told)))
        self._newest = max(self._newest, number)
        for page in self._pages:
            page.put_nowait((number, conversation_id))


def router(parts: Parts) -> APIRouter:
    """The stream at /live."""
    routes, hub = APIRouter(), Hub(parts)

    @routes.get("/live")
    async def live(request: Request) -> StreamingResponse:
        await parts.guard.visitor(request, active=False)
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
            news: tuple[int, int | None] | None
            try:
                news = await asyncio.wait_for(page.get(), max(0.0, check - clock()))
            except TimeoutError:
                news = None
            due = clock() >= check
            if due or news is None or news[1] is None:
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
                yield f"id: {news[0]}\nevent: changed\ndata: {news[1] or 0}\n\n"
    finally:
        hub.leave(page)
