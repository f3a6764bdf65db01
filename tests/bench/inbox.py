"""The agents' list of conversations: how quickly it comes with 500 open ones while 20 agents look at it.

Part of `make bench`; alone: `python -m tests.bench.inbox`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from random import Random

import httpx
import structlog

from bot.console import PREFIX
from bot.console.app import build_console
from bot.console.passwords import hashed
from bot.dialogue import Dialogue
from bot.http import build_http
from bot.messages import Address, Inbound
from bot.settings import Settings
from bot.turns import stored_form
from bot.voice import DeskVoice
from handlers import ownership
from storage import Store, Tx, open_store
from tests.bench import databases
from tests.bench.load import percentile
from tests.bench.report import met, table
from tests.conftest import NOON
from tests.desks import desk_for

OPEN, AGENTS, LOOKS = 500, 20, 15
TARGET_MS = 150.0
EVERY = 2.0
"""Seconds between an agent's looks, on average."""
PASSWORD = "a horse and a battery"
VIEWS = ("view=unassigned", "view=all&sort=promise", "view=mine", "view=all&channel=web&age=5")


async def measure(folder: Path) -> str:
    """Both databases, as a table with the target."""
    voice, rows = DeskVoice(Dialogue.load(Settings())), []
    with ExitStack() as ends:
        urls = {
            "SQLite": databases.sqlite_file(folder / "inbox.db"),
            "PostgreSQL": ends.enter_context(databases.postgres(folder / "inbox-postgres")),
        }
        for name, url in urls.items():
            store = open_store(url)
            ends.callback(store.close)
            await store.transact(_filled)
            spent = await _looks(store, voice)
            middle, slow = (percentile(spent, share) * 1000 for share in (0.5, 0.95))
            target = f"≤ {TARGET_MS:g} {met(slow <= TARGET_MS)}"
            rows.append((name, str(len(spent)), f"{middle:.1f}", f"{slow:.1f}", target))
    return (
        f"\nThe agents' list, {OPEN} open conversations, {AGENTS} agents who each look every {EVERY:g} s, ms:"
        + table(("", "looks", "p50", "p95", "target"), rows)
    )


def _filled(tx: Tx) -> None:
    """Users, and conversations of which half are an agent's."""
    kept, timing = hashed(PASSWORD), ownership.QueueSettings()
    agents = [tx.users.add(f"agent{n}", f"Agent {n}", "agent", kept, NOON) for n in range(AGENTS)]
    for number in range(OPEN):
        peer = f"guest {number}"
        room = tx.conversations.enter("web", "web", peer, NOON)
        ownership.move(tx, room, "ask", ownership.BOT, NOON, timing)
        for text in ("冰箱不制冷了", "有人吗", "请快一点，我很急"):
            inbound = Inbound(Address("web", "web", peer), f"{peer}:{room.last_seq}", NOON, text)
            tx.messages.take(room, inbound.external_id, stored_form(inbound), NOON, NOON)
        room.waiting_since = NOON
        agent = agents[number % AGENTS]
        if number % 2 and agent is not None:
            ownership.move(tx, room, "take", ownership.mover(agent), NOON, timing)
        tx.customers.remember(room.customer_id, NOON, name=f"王{number}")
        tx.conversations.save(room, NOON)


async def _looks(store: Store, voice: DeskVoice) -> list[float]:
    """Seconds of each look, as the agent's browser sees it."""
    console = build_console(store, Settings(), lambda: NOON, voice, lambda channel, account: None, desk_for)
    app = build_http([], max_body=100_000, max_upload=100_000, mounted={PREFIX: console})
    async with AsyncExitStack() as ends:
        browsers = []
        for number in range(AGENTS):
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test")
            browsers.append(await ends.enter_async_context(client))
            form = {"name": f"agent{number}", "password": PASSWORD}
            assert (await client.post(f"{PREFIX}/sign-in", data=form)).status_code == 303
            await client.get(f"{PREFIX}/list")
        found = await asyncio.gather(*(_agent(one, Random(n)) for n, one in enumerate(browsers)))
    return [one for spent in found for one in spent]


async def _agent(browser: httpx.AsyncClient, random: Random) -> list[float]:
    spent = []
    for _ in range(LOOKS):
        await asyncio.sleep(random.uniform(0, 2 * EVERY))
        began = time.perf_counter()
        answer = await browser.get(f"{PREFIX}/list?{random.choice(VIEWS)}", headers={"hx-request": "true"})
        spent.append(time.perf_counter() - began)
        assert answer.status_code == 200
    return spent


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Nothing is to be chosen; only --help is known."""
    return argparse.ArgumentParser(prog="python -m tests.bench.inbox", description=__doc__).parse_args(
        arguments
    )


async def main() -> None:
    """This part alone."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="baoxiu-bench-") as folder:
        print(await measure(Path(folder)))


if __name__ == "__main__":
    parse()
    asyncio.run(main())
