"""The simulated Telegram on a real port, a channel that talks to it, and a desk that records."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI

from bot.channels.protocol import Pacing
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.polling import Patience
from bot.channels.testing import RecordingDesk
from bot.messages import Address, Button, Delivery, Reply
from bot.server import Server, configured
from bot.simulators.telegram import Customer, Limits, TelegramSimulator, simulator_router
from storage import Store
from tests.conftest import Clock
from tests.telegram.floor import Floor

TOKEN = "1000001:simulated-telegram-token"
QUICK = Patience(long_poll=5.0, batch=0.2, first_pause=0.01, longest_pause=0.05, attempts=3, farewell=2.0)


@asynccontextmanager
async def served(*routers: APIRouter) -> AsyncIterator[str]:
    """The routers on a free local port; yields the address."""
    app = FastAPI()
    for router in routers:
        app.include_router(router)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(configured(app))
        task = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            await task


@pytest.fixture
def serving() -> Callable[..., AbstractAsyncContextManager[str]]:
    """Serves routers on a free local port."""
    return served


@pytest.fixture
async def platform(clock: Clock) -> AsyncIterator[TelegramSimulator]:
    """The simulated platform without pacing; `platform.api_base` is its address."""
    simulator = TelegramSimulator(clock, Random(11), TOKEN, Limits.unlimited(), webhook_pause=0.02)
    async with served(simulator_router(simulator)) as address:
        simulator.api_base = f"{address}/simulators/telegram"  # type: ignore[attr-defined]
        yield simulator
        await simulator.close()


@pytest.fixture
def counted() -> Counter[str]:
    """What the channel turned away or ignored."""
    return Counter()


@pytest.fixture
def desk() -> RecordingDesk:
    return RecordingDesk()


@pytest.fixture
async def make_channel(
    platform: Any, clock: Clock, counted: Counter[str]
) -> AsyncIterator[Callable[..., TelegramChannel]]:
    """Makes channels to the simulated platform; they are stopped afterwards."""
    made: list[TelegramChannel] = []

    def make(**changes: Any) -> TelegramChannel:
        settings: dict[str, Any] = {
            "token": TOKEN,
            "clock": clock,
            "api_base": platform.api_base,
            "timeout": 2.0,
            "count": lambda reason: counted.update([reason]),
            "patience": QUICK,
            "pacing": Pacing(1000.0, 0.0),
        }
        made.append(TelegramChannel(**{**settings, **changes}))
        return made[-1]

    yield make
    for channel in made:
        await channel.stop()


@pytest.fixture
def channel(make_channel: Callable[..., TelegramChannel]) -> TelegramChannel:
    """A polling channel, not started."""
    return make_channel()


@pytest.fixture
def floor(
    store: Store,
    clock: Clock,
    platform: TelegramSimulator,
    make_channel: Callable[..., TelegramChannel],
    tmp_path: Path,
) -> Floor:
    """A group of agents with its desk."""
    return Floor(store, clock, platform, platform.group("客服"), make_channel(), tmp_path)


@pytest.fixture
def customer(platform: TelegramSimulator) -> Customer:
    """A customer who wrote to the bot before."""
    one = platform.customer("小李")
    one.chat.started = True
    return one


@pytest.fixture
def deliver(channel: TelegramChannel, customer: Customer) -> Callable[..., Awaitable[str | None]]:
    """Sends one reply to the customer; titles become buttons."""

    async def send(
        text: str = "", *titles: str, seq: int = 7, key: str = "k", language: str = "zh", **parts: Any
    ) -> str | None:
        buttons = tuple(Button(title, f"/pick{index}") for index, title in enumerate(titles))
        address = Address("telegram", channel.account, str(customer.id))
        reply = Reply(text, buttons, **parts)
        return await channel.send(Delivery(1, key, address, seq, reply, language))

    return send


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Awaitable[None]]:
    """Waits until the condition holds, five seconds at most."""

    async def wait(condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - any condition, no event
                await asyncio.sleep(0.005)

    return wait
