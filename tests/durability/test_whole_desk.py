"""The whole desk, started as an operator starts it, is killed while customers report faults (I1, I2, C9).

Meanwhile its clock has something to tell other customers, and is killed with it (F8).

`KILLS` sets how often the core is killed (see test_killed.py); the whole desk, slow to start, a sixth as
often, and on PostgreSQL too only when `KILLS` is set.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from bot.settings import PROJECT
from bot.simulators.telegram import PREFIX, Customer, Limits, TelegramSimulator, simulator_router
from storage import Store, open_store
from storage.schema import conversations, messages, orders, outbox
from tests.durability import told

KILLS = int(os.environ.get("KILLS", "12")) // 6
DATABASES = ["sqlite", "postgres"] if "KILLS" in os.environ else ["sqlite"]
READY_SECONDS = 90
WAITING = 150
"""Customers whom the clock tells something meanwhile, ten a second."""
WORDS = (
    "我家海尔冰箱BCD-216不制冷，昨天开始的，电话13800138000",
    "不试了，直接报修",
    "一年以内",
    "张三",
    "上海市浦东新区张杨路500号3楼",
    "确认提交",
    "我的单子到哪了",
)


class Server(uvicorn.Server):
    """Ends when told; signals are the test's own business."""

    def install_signal_handlers(self) -> None:
        """None."""


@pytest.fixture
async def telegram() -> AsyncIterator[tuple[TelegramSimulator, str]]:
    """A simulated Telegram behind HTTP, and its address."""
    platform = TelegramSimulator(lambda: datetime.now(UTC), Random(5), limits=Limits())
    app = FastAPI()
    app.include_router(simulator_router(platform))
    server = Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield platform, f"http://127.0.0.1:{port}{PREFIX}"
    server.force_exit = server.should_exit = True
    await serving


class Desk:
    """`python -m bot run` against that Telegram."""

    def __init__(self, folder: Path, model: Path, database: str, address: str, token: str) -> None:
        (folder / "model").symlink_to(model, target_is_directory=True)
        inherited = {k: v for k, v in os.environ.items() if not k.upper().startswith("BOT__")}
        self._environment = {
            **inherited,
            "BOT__HTTP__PORT": "0",
            "BOT__DATA_DIR": str(folder),
            "BOT__DATABASE__URL": database,
            "BOT__OUTBOX__LEASE_SECONDS": "4",
            "BOT__NOTICES__QUIET_HOURS": "",
            "BOT__UNDERSTANDING__ACCURATE": "false",
            "BOT__CHANNELS__WEB__ENABLED": "false",
            "BOT__CHANNELS__TELEGRAM__ENABLED": "true",
            "BOT__CHANNELS__TELEGRAM__TOKEN": token,
            "BOT__CHANNELS__TELEGRAM__API_BASE": address,
        }
        self._log = folder / "desk.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start; it is under way, not ready."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", cwd=PROJECT, env=self._environment, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        assert self._process.returncode is None, self._log.read_text(encoding="utf-8")[-3000:]
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM; it must follow."""
        assert self._process is not None
        self._process.terminate()
        assert await asyncio.wait_for(self._process.wait(), 30) == 0


async def talks(customer: Customer, rng: Random) -> None:
    """The customer says everything, whether or not anybody answers."""
    for words in WORDS:
        await asyncio.sleep(rng.uniform(0.1, 1.5))
        customer.says(words)


@pytest.mark.slow
@pytest.mark.parametrize("database_url", DATABASES, indirect=True)
async def test_customers_notice_nothing_but_a_delay(
    database_url: str, model_dir: Path, tmp_path: Path, telegram: tuple[TelegramSimulator, str]
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    rng = Random(seed)
    platform, address = telegram
    customers = [platform.customer(f"客户{n}") for n in range(4)]
    desk = Desk(tmp_path, model_dir, database_url, address, platform.token)
    store = open_store(database_url)
    waiting = told.waiting(store, platform, WAITING)
    await desk.start()
    await until(lambda: any(call[0].lower() == "getupdates" for call in platform.calls))
    talking = [asyncio.create_task(talks(customer, rng)) for customer in customers]
    for number in range(KILLS):
        # While customers talk and while the clock tells others, in turns.
        some, longest = (waiting, 0.2) if number % 2 else (customers, 1.0)
        heard = sum(len(customer.heard) for customer in some)
        await until(lambda some=some, before=heard: sum(len(c.heard) for c in some) > before)  # type: ignore[misc]
        await asyncio.sleep(rng.uniform(0, longest))
        await desk.kill()
        await desk.start()
    await asyncio.gather(*talking)
    try:
        await until(lambda: at_rest(store, len(customers)) and told.all_told(store))
        await desk.stop()
        told.check(store, waiting)
        for customer in customers:
            check(store, customer)
    finally:
        store.close()


async def until(condition: object, seconds: float = READY_SECONDS) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 # type: ignore[operator]
            await asyncio.sleep(0.05)


def at_rest(store: Store, customers: int) -> bool:
    """Everything said has been taken, everything answered has left."""
    taken = store.run(
        lambda tx: tx.execute(select(messages.c.id).where(messages.c.author == "customer")).all()
    )
    counts = store.run(lambda tx: tx.outbox.counts())
    return len(taken) == customers * len(WORDS) and not counts.get("pending") and not counts.get("sending")


def check(store: Store, customer: Customer) -> None:
    """Taken once, in order; one order; every reply heard once, in order, or visibly unknown."""
    room = conversations.c.peer == str(customer.id)
    said = store.run(
        lambda tx: tx.execute(select(messages).join(conversations).where(room).order_by(messages.c.seq)).all()
    )
    assert [row.seq for row in said] == list(range(1, len(said) + 1)), "T3"
    texts = [row.body["text"] for row in said if row.author == "customer"]
    assert texts == list(WORDS), "T1, T2: lost, doubled or out of order"
    opened = store.run(lambda tx: tx.execute(select(orders).join(conversations).where(room)).all())
    assert len(opened) == 1, "T13: the form did not survive, or its order was opened twice"
    sends = store.run(
        lambda tx: tx.execute(select(outbox).join(conversations).where(room).order_by(outbox.c.seq)).all()
    )
    assert len(sends) == len(said) - len(texts), "T12"
    assert {row.state for row in sends} <= {"sent", "unknown"}
    sent = [int(row.external_id) for row in sends if row.state == "sent"]
    heard = [message["message_id"] for message in customer.heard]
    assert sent == sorted(sent), "T9"
    assert set(sent) <= set(heard), "T11"
    assert len(heard) - len(sent) <= sum(row.state == "unknown" for row in sends), "T10: heard twice"
