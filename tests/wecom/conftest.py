"""An account of WeCom customer service, a recording desk and the simulated platform, wired together."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import structlog
from fastapi import FastAPI

from bot.channels.durable import Persistence
from bot.channels.wechat import MemoryLedger, TokenShelfInStore
from bot.channels.wechat.http import Http
from bot.channels.wecom.api import WeComApi
from bot.channels.wecom.channel import WeComChannel
from bot.channels.wecom.door import PATH, Door
from bot.channels.wecom.envelope import CorpEnvelope
from bot.channels.wecom.incoming import Reading
from bot.channels.wecom.place import Place
from bot.channels.wecom.pulling import Puller
from bot.channels.wecom.sessions import Sessions
from bot.messages import Address, Delivery, Inbound, Reply
from bot.simulators.wechat import Answer, into_app
from bot.simulators.wecom import PREFIX, Customer, WeComSimulator, api_router
from storage import Store, open_store
from storage.windows import ReplyWindow
from tests.wechat.conftest import KEY, SECRET, TOKEN, GatedDesk, echo, serving

CORP_ID = "ww0123456789abcdef"
ACCOUNT = "wkSIMULATED0001"
QUICK = Persistence(first_pause=0.01, longest_pause=0.05, attempts=3)


@dataclass
class Rig:
    """Everything one test needs; `say` is what the desk answers."""

    clock: Any
    desk: GatedDesk
    simulator: WeComSimulator
    api: WeComApi
    channel: WeComChannel
    puller: Puller
    place: Place
    app: FastAPI
    store: Store
    ledger: MemoryLedger
    counted: Counter[str]

    def customer(self, name: str = "小王") -> Customer:
        return self.simulator.customer(name)

    def address(self, customer: Customer) -> Address:
        return Address("wecom", ACCOUNT, customer.userid)

    def delivery(self, customer: Customer, reply: Reply, seq: int = 2, language: str = "zh") -> Delivery:
        return Delivery(seq, f"7-{seq}", self.address(customer), seq, reply, language)

    def wrote(self, customer: Customer) -> None:
        """The customer has just written: both sides of the window know."""
        customer.wrote()
        window = ReplyWindow(self.clock(), self.clock() + timedelta(hours=48), 5)
        self.ledger.open(self.address(customer), window)

    async def start(self) -> None:
        await self.channel.start(self.desk)

    async def received(self, count: int, within: float = 5.0) -> list[Inbound]:
        """What the desk has received, once there are `count` messages."""
        async with asyncio.timeout(within):
            while len(self.desk.received) < count:  # noqa: ASYNC110 - the desk tells nobody
                await asyncio.sleep(0.005)
        return self.desk.received

    async def read_to(self, cursor: str, within: float = 5.0) -> None:
        """Wait until the log was read so far and nobody reads."""
        async with asyncio.timeout(within):
            while await self.cursor() != cursor:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.005)

    async def cursor(self) -> str | None:
        return await self.store.read(lambda tx: tx.cursors.get("wecom", ACCOUNT))

    async def post(self, query: dict[str, str], body: bytes) -> Answer:
        return await into_app(self.app, PATH)(query, body)

    async def get(self, query: dict[str, str]) -> Answer:
        return await into_app(self.app, PATH, method="GET")(query, b"")


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What was logged in the test."""
    with structlog.testing.capture_logs() as found:
        yield found


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """A store on SQLite: what the databases share is tested in test_place."""
    shutil.copy(sqlite_template, tmp_path / "baoxiu.sqlite3")
    opened = open_store(f"sqlite:///{tmp_path / 'baoxiu.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
async def make_rig(clock: Any, sqlite_store: Store) -> AsyncIterator[Callable[..., Any]]:
    """Builds a rig; given another's simulator and base, a second process beside it."""
    async with AsyncExitStack() as stack:

        async def make(
            answer: Callable[[Inbound], Iterable[Reply]] = echo,
            beside: Rig | None = None,
            api_seconds: float = 2.0,
            poll: float = 300.0,
            transfers: bool = False,
            **more: Any,
        ) -> Rig:
            app = FastAPI()
            simulator = beside.simulator if beside else WeComSimulator(
                into_app(app, PATH), corp_id=CORP_ID, secret=SECRET, token=TOKEN, encoding_aes_key=KEY,
                accounts=(ACCOUNT,), clock=clock, random=Random(1),
            )  # fmt: skip
            app.include_router(api_router(simulator))
            base = await stack.enter_async_context(serving(app))
            http = Http(base + PREFIX, api_seconds)
            api = WeComApi(CORP_ID, SECRET, http, TokenShelfInStore(sqlite_store, "wecom", CORP_ID), clock)
            place = Place(sqlite_store, "wecom", ACCOUNT, f"process-{id(app)}", clock)
            puller = Puller(api, ACCOUNT, place, clock, poll, QUICK)
            counted: Counter[str] = Counter()
            envelope = CorpEnvelope(CORP_ID, TOKEN, KEY, 600, clock, Random(2))
            ledger = MemoryLedger()
            channel = WeComChannel(
                api=api, puller=puller, reading=Reading(ACCOUNT), ledger=ledger, clock=clock,
                sessions=Sessions(api, sqlite_store, ledger, transfers),
                count=lambda reason: counted.update([reason]),
                door=Door(envelope, {ACCOUNT: puller.wake}, 65536, lambda reason: counted.update([reason])),
                persistence=QUICK, **more,
            )  # fmt: skip
            desk = GatedDesk(answer)
            router = channel.router(desk)
            assert router is not None
            app.include_router(router)
            stack.push_async_callback(channel.stop)
            return Rig(
                clock, desk, simulator, api, channel, puller, place, app, sqlite_store, ledger, counted
            )

        yield make
