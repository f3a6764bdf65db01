"""What is compared: each contender is a server of its own, loaded in the same way."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.bench import telegram, wechat
from tests.bench.customers import Customers, bare_customers, echoed_customers, telegram_customers
from tests.bench.load import Round, Turn, drive
from tests.bench.processes import PROJECT, Server
from tests.bench.wire import Client

TOKEN = "123456:bench"
FIRST_NEW_CHAT = 5_000_000_000
IDLE_PAUSE_SECONDS = 0.03


@dataclass
class Contender:
    """One server under load and what was measured of it."""

    name: str
    server: Server
    customers: Callable[[Sequence[Client], Random], Customers]
    desk: bool = False
    rounds: list[Round] = field(default_factory=list)
    steady: list[Round] = field(default_factory=list)
    idle: list[Turn] = field(default_factory=list)

    async def load(
        self, lanes: int, seconds: float, rng: Random, think: Callable[[], float] = lambda: 0.0
    ) -> Round:
        """One round; what the desk still had to send is awaited before the clock stops."""
        clients = [await Client.open(self.server.port) for _ in range(lanes)]
        before = self.server.cpu_seconds()
        try:
            found = await drive(lanes, seconds, self.customers(clients, rng), think)
        finally:
            for client in clients:
                client.close()
        found.cpu = (self.server.cpu_seconds() - before) / len(found.turns)
        return found

    async def one_by_one(self, turns: int, rng: Random) -> list[Turn]:
        """Turns of a desk that has nothing else to do, with a pause between them."""
        client = await Client.open(self.server.port)
        found: list[Turn] = []
        try:
            for customer in self.customers([client], rng):
                async for turn in customer(0).talk():
                    found.append(turn)
                    await asyncio.sleep(IDLE_PAUSE_SECONDS)
                    if len(found) >= turns:
                        return found
        finally:
            client.close()
        return found


class Platform:
    """Telegram's Bot API and WeChat's API on one port."""

    def __init__(self) -> None:
        self.telegram = telegram.Stub()
        self.wechat = wechat.Service()

    def answer(self, path: str, body: bytes) -> bytes:
        """Take one call of either."""
        side = self.wechat if path.startswith("/wechat/") else self.telegram
        return side.answer(path, body)


class Stable:
    """Starts contenders and ends them; `platform` is what they all send to."""

    def __init__(self, platform: Platform, port: int, folder: Path) -> None:
        self.stub = platform.telegram
        self.service = platform.wechat
        self.folder = folder
        self.data = folder / "data"  # where the trained model is kept
        self._api_base = f"http://127.0.0.1:{port}"
        self._ends = ExitStack()
        self._chats = itertools.count(FIRST_NEW_CHAT)

    def train(self) -> None:
        """Let the model be trained before anything is timed."""
        subprocess.run(
            [sys.executable, "-m", "bot", "nlu", "train"],
            cwd=PROJECT,
            env={**os.environ, "BOT__DATA_DIR": str(self.data)},
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def close(self) -> None:
        """End every server."""
        self._ends.close()

    async def bare(self) -> Contender:
        """A bare Starlette JSON echo."""
        server = await self._started("tests.bench.servers.starlette_echo", {}, "/")
        return Contender("(1) bare Starlette JSON echo", server, bare_customers)

    async def echo(self, client: str, name: str) -> Contender:
        """The echo bot with that HTTP client."""
        environment = {"BENCH_API_BASE": self._api_base, "BENCH_CLIENT": client}
        server = await self._started("tests.bench.servers.telegram_echo", environment, "/")
        return Contender(name, server, lambda clients, rng: echoed_customers(clients, self.stub, rng))

    async def telegram_desk(
        self, name: str, database_url: str, chats: Callable[[Random], Iterator[int]] | None = None
    ) -> Contender:
        """The desk behind Telegram's webhook; `chats` says who writes, by default always somebody new."""
        environment = {
            "BOT__CHANNELS__TELEGRAM__ENABLED": "true",
            "BOT__CHANNELS__TELEGRAM__TOKEN": TOKEN,
            "BOT__CHANNELS__TELEGRAM__MODE": "webhook",
            "BOT__CHANNELS__TELEGRAM__SECRET_TOKEN": telegram.SECRET,
            "BOT__CHANNELS__TELEGRAM__API_BASE": self._api_base,
        }
        server = await self._desk(database_url, environment)
        return Contender(
            name,
            server,
            lambda clients, rng: telegram_customers(
                clients, self.stub, rng, chats(rng) if chats else self._chats
            ),
            desk=True,
        )

    async def wechat_desk(self, name: str, database_url: str) -> Contender:
        """The desk as an Official Account in safe mode."""
        environment = {
            "BOT__CHANNELS__WECHAT__ENABLED": "true",
            "BOT__CHANNELS__WECHAT__APP_ID": wechat.APP_ID,
            "BOT__CHANNELS__WECHAT__APP_SECRET": "bench-secret",
            "BOT__CHANNELS__WECHAT__TOKEN": wechat.TOKEN,
            "BOT__CHANNELS__WECHAT__ENCODING_AES_KEY": wechat.KEY,
            "BOT__CHANNELS__WECHAT__API_BASE": f"{self._api_base}/wechat",
        }
        server = await self._desk(database_url, environment)
        return Contender(
            name,
            server,
            lambda clients, rng: wechat.wechat_customers(clients, self.service, rng, self._chats),
            desk=True,
        )

    async def _desk(self, database_url: str, environment: dict[str, str]) -> Server:
        common = {"BOT__DATABASE__URL": database_url, "BOT__DATA_DIR": str(self.data)}
        return await self._started("tests.bench.servers.desk", {**common, **environment}, "/health")

    async def _started(self, module: str, environment: dict[str, str], path: str) -> Server:
        server = await asyncio.to_thread(Server, module, environment, self.folder, path)
        self._ends.callback(server.stop)
        return server
