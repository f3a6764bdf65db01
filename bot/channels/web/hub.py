"""Live pages: who is listening, and the wake-ups that make them look for new lines."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

from bot.channels.web.history import History

log = structlog.get_logger()


class Listener:
    """One open page; `seen` is the number of the last line it was given."""

    def __init__(self, seen: int) -> None:
        self.seen = seen
        self.typing = False
        self.closed = False
        self._changed = asyncio.Event()

    def signal(self) -> None:
        """Make a waiting page look."""
        self._changed.set()

    async def wait(self, seconds: float) -> bool:
        """Whether anything changed within `seconds`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
        changed = self._changed.is_set()
        self._changed.clear()
        return changed


class Hub:
    """Every live page of this process. The lines themselves are read from the history by the page."""

    def __init__(self, per_visitor: int, in_all: int) -> None:
        self._per_visitor = per_visitor
        self._in_all = in_all
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._closed = False

    def crowded(self, peer: str) -> bool:
        """Whether one more page of this visitor would be too many."""
        crowd = sum(len(pages) for pages in self._listeners.values())
        return (
            self._closed or crowd >= self._in_all or len(self._listeners.get(peer, ())) >= self._per_visitor
        )

    @contextmanager
    def listening(self, peer: str, seen: int) -> Iterator[Listener]:
        """A page is live inside the block."""
        listener = Listener(seen)
        listener.closed = self._closed
        self._listeners[peer].add(listener)
        try:
            yield listener
        finally:
            self._listeners[peer].discard(listener)
            if not self._listeners[peer]:
                del self._listeners[peer]

    def wake(self, peer: str) -> None:
        """Tell the visitor's pages that there may be new lines."""
        for listener in self._listeners.get(peer, ()):
            listener.signal()

    def typing(self, peer: str) -> None:
        """Tell the visitor's pages that an answer is coming."""
        for listener in self._listeners.get(peer, ()):
            listener.typing = True
            listener.signal()

    def open(self) -> None:
        """Take pages (again)."""
        self._closed = False

    def close(self) -> None:
        """End every live page; they come back by themselves."""
        self._closed = True
        for pages in self._listeners.values():
            for listener in pages:
                listener.closed = True
                listener.signal()

    async def look(self, history: History) -> None:
        """Wake the pages whose conversation grew elsewhere, in another process for instance."""
        if not self._listeners:
            return
        newest = await history.newest(list(self._listeners))
        for peer, seq in newest.items():
            if any(listener.seen < seq for listener in self._listeners.get(peer, ())):
                self.wake(peer)

    async def watch(self, history: History, every: float) -> None:
        """Look every so many seconds until cancelled."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.look(history)
            except Exception as problem:  # noqa: BLE001 - a polling loop outlives a database that is away
                log.warning("web.look_failed", problem=type(problem).__name__)
