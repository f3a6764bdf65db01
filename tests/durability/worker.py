"""The desk's core in a process that will be killed: real store, turns, front desk, postman and spool.

It talks to the platform (the test) through a pipe: it gets messages, acknowledges each when `receive`
returns, and asks the platform to deliver replies. The dialogue is small and counts what it took.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from bot.channels.protocol import OutcomeUnknown, Pacing
from bot.delays import Delays
from bot.dialogue import Heard, Outcome
from bot.front import FrontDesk
from bot.messages import Address, Attachment, Delivery, Inbound, Reply
from bot.postman import Patience, Postman
from bot.spool import Spool
from bot.turns import Turns
from nlu.understanding import Understanding
from storage import StoreProblem, open_store

ORDER_EVERY = 5


def utc_now() -> datetime:
    return datetime.now(UTC)


class Counting:
    """Answers every message with its number; every fifth opens an order. The state is the count."""

    def take(self, heard: Heard, state: dict[str, Any], desk: Any) -> Outcome:
        count = state.get("count", 0) + 1
        if count % ORDER_EVERY == 0:
            desk.open(count)
        replies = [Reply(f"{count}: {heard.text}")]
        if count % 3 == 0:
            replies.append(Reply(image=f"picture-{count}"))
        return Outcome(
            {"count": count, "heard": [*state.get("heard", []), heard.text][-200:]}, tuple(replies)
        )


def desk_of(tx: Any, conversation: Any, message_id: int, now: datetime) -> Any:
    def open_order(count: int) -> None:
        tx.orders.open(
            request_key=f"m{message_id}", kind="fault", customer_id=conversation.customer_id,
            conversation_id=conversation.id, fields={"count": count}, local_day="20260302", now=now,
        )  # fmt: skip

    return SimpleNamespace(open=open_order, opened=[])


class Understands:
    """Understands nothing in particular."""

    interpreter = SimpleNamespace(settle=lambda text, context: None)

    async def parse(self, text: str, context: Any) -> Understanding:
        return Understanding(text, "inform", 1.0)


class PipeChannel:
    """Delivers through the pipe; the platform says when it has accepted."""

    name, account, idempotent = "pipe", "main", False
    pacing = Pacing()

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    async def send(self, delivery: Delivery) -> str | None:
        accepted = self._pipe.deliver(delivery)
        try:
            return await asyncio.wait_for(accepted, 10)
        except TimeoutError:
            raise OutcomeUnknown("the platform said nothing") from None

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        yield b""


class Pipe:
    """The child's end: messages are read in a thread, written under a lock."""

    def __init__(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        self._connection = connection
        self._loop = loop
        self._lock = threading.Lock()
        self._accepted: dict[str, asyncio.Future[str]] = {}
        self.inbox: asyncio.Queue[tuple[str, str, str] | None] = asyncio.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def write(self, *words: Any) -> None:
        with self._lock, suppress(OSError):
            self._connection.send(words)

    def deliver(self, delivery: Delivery) -> asyncio.Future[str]:
        future: asyncio.Future[str] = self._loop.create_future()
        self._accepted[delivery.key] = future
        self.write("deliver", delivery.key, delivery.address.peer, delivery.seq)
        return future

    def _read(self) -> None:
        while True:
            try:
                kind, *words = self._connection.recv()
            except (EOFError, OSError):
                kind, words = "stop", []
            self._loop.call_soon_threadsafe(self._handle, kind, words)
            if kind == "stop":
                return

    def _handle(self, kind: str, words: list[Any]) -> None:
        if kind == "stop":
            self.inbox.put_nowait(None)
        elif kind == "accepted":
            future = self._accepted.pop(words[0], None)
            if future and not future.done():
                future.set_result(f"p-{words[0]}")
        else:
            self.inbox.put_nowait((words[0], words[1], words[2]))


def work(connection: Connection, url: str, folder: str, acknowledge_early: bool) -> None:
    """The child's main function."""
    asyncio.run(_work(connection, url, Path(folder), acknowledge_early))


async def _work(connection: Connection, url: str, folder: Path, acknowledge_early: bool) -> None:
    store = open_store(url)
    pipe = Pipe(connection, asyncio.get_running_loop())
    postman = Postman(store, Patience(lease=2.0), utc_now, Random())
    delays = Delays(Spool(folder / "spool.jsonl"), {"zh": "稍后"}, lambda delivery: None)
    turns = Turns(Counting(), desk_of)  # type: ignore[arg-type]
    understander: Any = Understands()
    desk = FrontDesk(store, turns, understander, postman, lambda now: None, utc_now, delays)  # type: ignore[arg-type]
    postman.start([PipeChannel(pipe)])  # type: ignore[list-item]
    delays.start(desk.retake)
    running: set[asyncio.Task[None]] = set()
    while (message := await pipe.inbox.get()) is not None:
        if acknowledge_early:
            pipe.write("acknowledged", message[1])
            await asyncio.sleep(0.03)
        task = asyncio.create_task(_take(desk, pipe, message))
        running.add(task)
        task.add_done_callback(running.discard)
    if running:
        await asyncio.wait(running, timeout=10)
    await delays.stop()
    await postman.stop()
    store.close()


async def _take(desk: FrontDesk, pipe: Pipe, message: tuple[str, str, str]) -> None:
    peer, external_id, text = message
    inbound = Inbound(Address("pipe", "main", peer), external_id, utc_now(), text)
    with suppress(StoreProblem):
        await desk.receive(inbound)
        pipe.write("acknowledged", external_id)
