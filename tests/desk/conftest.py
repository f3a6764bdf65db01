"""The desk with a dialogue that repeats what it hears, and a channel that records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from bot.channels.protocol import Pacing
from bot.delays import Delays
from bot.dialogue import Heard, NotUnderstoodYet, Outcome
from bot.front import FrontDesk
from bot.messages import Address, Attachment, Button, Delivery, Inbound, Reply
from bot.postman import Patience, Postman
from bot.spool import Spool
from bot.turns import Turns
from nlu.understanding import Understanding
from storage import Store
from tests.conftest import Clock


class Echo:
    """A dialogue that says what it heard; `needs`: ask for an understanding first; `loop`: the open form."""

    def __init__(self) -> None:
        self.needs = False
        self.loop: str | None = None
        self.heard: list[Heard] = []
        self.answer: Callable[[Heard], Iterable[Reply]] = lambda heard: [Reply(f"you said {heard.text}")]

    def take(self, heard: Heard, state: dict[str, Any], desk: Any) -> Outcome:
        if self.needs and heard.understanding is None:
            raise NotUnderstoodYet
        self.heard.append(heard)
        return Outcome({"turns": state.get("turns", 0) + 1, "loop": self.loop}, tuple(self.answer(heard)))


class Recorder:
    """A channel that records what it is asked to send; `problems` are raised first."""

    name, account = "fake", "main"
    idempotent = False

    def __init__(self) -> None:
        self.pacing = Pacing()
        self.sent: list[Delivery] = []
        self.problems: list[Exception] = []
        self.gate: asyncio.Event | None = None

    async def send(self, delivery: Delivery) -> str | None:
        if self.gate is not None:
            await self.gate.wait()
        if self.problems:
            raise self.problems.pop(0)
        self.sent.append(delivery)
        return f"x{len(self.sent)}"

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        yield b"bytes of " + attachment.ref.encode()


class Understands:
    """An understander that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.interpreter = SimpleNamespace(settle=lambda text, context: None)

    async def parse(self, text: str, context: Any) -> Understanding:
        self.asked += 1
        return Understanding(text, "greet", 1.0)


class World:
    """Everything a test of the desk's core needs."""

    def __init__(self, store: Store, clock: Clock, folder: Any) -> None:
        self.store = store
        self.clock = clock
        self.dialogue = Echo()
        self.channel = Recorder()
        self.understands = Understands()
        self.told: list[Delivery] = []
        self.spool = Spool(folder / "spool.jsonl")
        self.patience = Patience(attempts=3, backoff=2.0, lease=30.0)
        self.postman = Postman(store, self.patience, clock, Random(1), holder="this")
        self.delays = Delays(self.spool, {"zh": "稍后", "en": "later"}, self.told.append)
        turns = Turns(self.dialogue, lambda tx, conversation, message_id, now: SimpleNamespace(opened=[]))  # type: ignore[arg-type]
        self.desk = FrontDesk(
            store, turns, self.understands, self.postman, lambda now: None, clock, self.delays,  # type: ignore[arg-type]
        )  # fmt: skip

    async def says(self, text: str, external_id: str = "", peer: str = "ann", **more: Any):
        """A message from a customer of the fake channel."""
        inbound = Inbound(
            Address("fake", "main", peer), external_id or f"{peer}-{text}", self.clock(), text, **more
        )
        return await self.desk.receive(inbound)

    async def settled(self, condition: Callable[[], bool]) -> None:
        """Wait until the postman has done what the test waits for."""
        for _ in range(600):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the postman did not get there")

    def states(self) -> dict[str, int]:
        """How many messages are in each open or stuck state."""
        return self.store.run(lambda tx: tx.outbox.counts())


@pytest.fixture
def world(store: Store, clock: Clock, tmp_path: Any) -> World:
    return World(store, clock, tmp_path)


YES_NO = (Button("是", "/affirm"), Button("否", "/deny"))
