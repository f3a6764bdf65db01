"""Server-sent events: every line of one conversation after a given one, then live."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import orjson

from bot.channels.web.history import History, presented
from bot.channels.web.hub import Listener
from storage import StoreProblem

PAGE = 100
RETRY_MS = 2000


async def events(history: History, listener: Listener, peer: str, heartbeat: float) -> AsyncIterator[bytes]:
    """The event stream's bytes; the id of a `message` event is the line's number.

    Ends when the listener is closed or the history is away; the page comes back by itself.
    """
    yield b"retry: %d\n\n" % RETRY_MS
    with suppress(StoreProblem):
        async for event in _live(history, listener, peer, heartbeat):
            yield event


async def _live(history: History, listener: Listener, peer: str, heartbeat: float) -> AsyncIterator[bytes]:
    while not listener.closed:
        while lines := await history.after(peer, listener.seen, PAGE):
            for line, shown in zip(lines, await presented(history, lines, peer), strict=True):
                yield b"id: %d\nevent: message\ndata: %b\n\n" % (line.seq, orjson.dumps(shown))
                listener.seen = line.seq
        if listener.typing:
            listener.typing = False
            yield b"event: typing\ndata: {}\n\n"
        if not await listener.wait(heartbeat):
            yield b": still here\n\n"


def last_seen(last_event_id: str, after: str) -> int:
    """The number to continue from: the browser's Last-Event-ID, or what the page asked for."""
    for given in (last_event_id, after):
        if given.isascii() and given.isdecimal() and len(given) < 10:
            return int(given)
    return 0
