"""A channel, a recording desk and the simulated platform, wired together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import structlog
import uvicorn
from fastapi import FastAPI

from bot.channels.testing import RecordingDesk
from bot.channels.wechat import MemoryLedger, MemoryShelf, WeChatChannel
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.envelope import Envelope
from bot.channels.wechat.http import Http
from bot.messages import Address, Delivery, Inbound, Reply, Taken
from bot.simulators.wechat import PREFIX, Answer, Customer, WeChatSimulator, into_app, routers
from storage.windows import ReplyWindow

APP_ID = "wx0123456789abcdef"
SECRET = "simulated-secret"
TOKEN = "simulated-token"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


class GatedDesk(RecordingDesk):
    """A desk whose turns become durable only when the gate is open."""

    def __init__(self, answer: Callable[[Inbound], Iterable[Reply]]) -> None:
        super().__init__(answer)
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = 0
        self._one_at_a_time = asyncio.Lock()

    async def receive(self, inbound: Inbound) -> Taken:
        self.arrived += 1
        async with self._one_at_a_time:
            await self.gate.wait()
            return await super().receive(inbound)


def echo(inbound: Inbound) -> Iterable[Reply]:
    yield Reply(f"收到：{inbound.text or inbound.payload or inbound.event or inbound.choice}")


@dataclass
class Rig:
    """Everything one test needs; `say` is what the desk answers."""

    clock: Any
    mode: str
    desk: GatedDesk
    simulator: WeChatSimulator
    channel: WeChatChannel
    app: FastAPI
    shelf: MemoryShelf
    ledger: MemoryLedger
    counted: Counter[str]
    base: str = ""

    def customer(self, name: str = "小王") -> Customer:
        return self.simulator.customer(name)

    def delivery(self, customer: Customer, reply: Reply, seq: int = 2, language: str = "zh") -> Delivery:
        place = Address("wechat", APP_ID, customer.openid)
        return Delivery(seq, f"c-{seq}", place, seq, reply, language)

    def wrote(self, customer: Customer) -> None:
        """The customer has just written: both sides of the window know."""
        customer.quota.wrote(self.clock())
        window = ReplyWindow(self.clock(), self.clock() + timedelta(hours=48), 5)
        self.ledger.open(Address("wechat", APP_ID, customer.openid), window)

    async def post(self, query: dict[str, str], body: bytes) -> Answer:
        return await into_app(self.app)(query, body)

    async def get(self, query: dict[str, str]) -> Answer:
        return await into_app(self.app, method="GET")(query, b"")


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What was logged in the test."""
    with structlog.testing.capture_logs() as found:
        yield found


@pytest.fixture
async def make_rig(clock: Any) -> AsyncIterator[Callable[..., Any]]:
    """Builds a rig: `await make_rig(mode="safe", served=True, …)`; `served` puts it on a loopback port."""
    async with AsyncExitStack() as stack:

        async def make(
            mode: str = "safe",
            served: bool = False,
            answer: Callable[[Inbound], Iterable[Reply]] = echo,
            patience: float = 5.0,
            api_seconds: float = 2.0,
            shelf: MemoryShelf | None = None,
            simulator: WeChatSimulator | None = None,
            base: str | None = None,
            **more: Any,
        ) -> Rig:
            app = FastAPI()
            key = None if mode == "plain" else KEY
            simulator = simulator or WeChatSimulator(
                into_app(app), app_id=APP_ID, app_secret=SECRET, token=TOKEN, encoding_aes_key=key,
                mode=mode, clock=clock, random=Random(1), patience=patience,
            )  # fmt: skip
            for router in routers(simulator):
                app.include_router(router)
            if served:
                base = await stack.enter_async_context(serving(app))
            shelf, ledger, counted = shelf or MemoryShelf(), MemoryLedger(), Counter()
            http = Http((base or "http://127.0.0.1:9") + PREFIX, api_seconds)
            channel = WeChatChannel(
                app_id=APP_ID,
                envelope=Envelope(APP_ID, TOKEN, key, mode, 600, clock, Random(2)),
                api=WeChatApi(APP_ID, SECRET, http, shelf, clock),
                ledger=ledger,
                clock=clock,
                count=lambda reason: counted.update([reason]),
                **more,
            )
            desk = GatedDesk(answer)
            app.include_router(channel.router(desk))
            stack.push_async_callback(channel.stop)
            return Rig(clock, mode, desk, simulator, channel, app, shelf, ledger, counted, base or "")

        yield make


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The application on a free loopback port."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        # What its own loop and shutdown do besides is to sleep, a tenth of a second each.
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)
