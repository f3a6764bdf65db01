"""The customers: what they write, and how they wait for what they are answered."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from random import Random

from tests.bench import telegram
from tests.bench.load import REPLY_SECONDS, Customer, Turn, Wrong
from tests.bench.scripts import Script, Step, scripts
from tests.bench.wire import Client

PATH = "/webhooks/telegram"

Customers = Iterator[Callable[[int], Customer]]
"""Gives the next customer, who is made with the number of the lane that carries them."""


class EchoCustomer:
    """Writes the same words as the others, to a server that answers in its HTTP response alone."""

    def __init__(self, client: Client, texts: Sequence[str], chat: int) -> None:
        self._client = client
        self._texts = texts
        self._chat = chat

    async def talk(self) -> AsyncIterator[Turn]:
        """Write it all."""
        for text in self._texts:
            body = telegram.text_update(self._chat, text)
            began = time.perf_counter()
            status, echoed = await self._client.post(PATH, body, telegram.HEADERS)
            spent = time.perf_counter() - began
            if status != 200 or not echoed:
                raise Wrong(f"the echo answered {status}")
            yield Turn(spent, spent)


class TelegramCustomer:
    """Writes or taps, and waits for the bot's message at the stub."""

    def __init__(self, client: Client, stub: telegram.Stub, script: Script, chat: int) -> None:
        self._client = client
        self._stub = stub
        self._script = script
        self._chat = chat
        self._latest: telegram.Arrived | None = None
        self._arrived = asyncio.Event()

    async def talk(self) -> AsyncIterator[Turn]:
        """Play the script; raises Wrong when it ends otherwise than it should."""
        self._stub.watch(self._chat, self._told)
        try:
            for step in self._script.play(lambda: self._latest.text if self._latest else ""):
                yield await self._turn(step)
        finally:
            self._stub.forget(self._chat)

    async def _turn(self, step: Step) -> Turn:
        self._arrived.clear()
        body = self._update(step)
        began = time.perf_counter()
        status, answer = await self._client.post(PATH, body, telegram.HEADERS)
        answered = time.perf_counter() - began
        if status != 200:
            raise Wrong(f"the webhook answered {status}: {answer[:200]!r}")
        try:
            await asyncio.wait_for(self._arrived.wait(), REPLY_SECONDS)
        except TimeoutError:
            raise Wrong(f"no reply to {step} after {self._latest}") from None
        assert self._latest is not None
        return Turn(answered, self._latest.at - began)

    def _update(self, step: Step) -> bytes:
        button = step.button_in(self._latest.buttons) if self._latest else None
        if button is not None:
            assert self._latest is not None
            return telegram.tap_update(self._chat, self._latest, button["callback_data"])
        return telegram.text_update(self._chat, step.text)

    def _told(self, message: telegram.Arrived) -> None:
        self._latest = message
        self._arrived.set()


def telegram_customers(
    clients: Sequence[Client], stub: telegram.Stub, rng: Random, chats: Iterator[int]
) -> Customers:
    """Customers of the desk, one script after the other."""
    for script in scripts(rng):
        yield lambda lane, s=script: TelegramCustomer(clients[lane], stub, s, next(chats))  # type: ignore[misc]


def echoed_customers(clients: Sequence[Client], stub: telegram.Stub, rng: Random) -> Customers:
    """Customers of the echo bot: what the others begin with, to be echoed."""
    chats = itertools.count(1)
    for script in scripts(rng):
        plain = Script((*script.begins, *script.follows))
        yield lambda lane, s=plain: TelegramCustomer(clients[lane], stub, s, next(chats))  # type: ignore[misc]


def bare_customers(clients: Sequence[Client], rng: Random) -> Customers:
    """Customers of the bare HTTP echo."""
    for script in scripts(rng):
        texts = (*script.begins, *script.follows)
        yield lambda lane, t=texts: EchoCustomer(clients[lane], t, 1)  # type: ignore[misc]
