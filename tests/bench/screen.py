"""How soon a customer's message is on an agent's screen: 50 messages a second, 20 agents with open pages.

Part of `make bench`; alone: `python -m tests.bench.screen`. The pages are played as a browser plays them: the
stream tells what changed, the conversation is fetched at most five times a second, the list and the rest
at most once, one by one, and less often from a busy desk. A tenth of the messages goes to the conversations
that the agents have open.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import httpx

from bot.console import PREFIX
from bot.console.passwords import hashed
from bot.messages import Address, Inbound
from bot.turns import stored_form
from handlers import ownership
from storage import Tx, open_store
from tests.bench import databases
from tests.bench.load import percentile
from tests.bench.processes import Server
from tests.bench.report import met, table

OPEN, AGENTS, A_SECOND, SECONDS = 500, 20, 50, 40
WATCHED_EVERY = 10
TARGET_MS = 300.0
TALK_SECONDS, LIST_SECONDS, ALERT_SECONDS = 0.2, 1.0, 2.0
PASSWORD = "a horse and a battery"
PEERS = [f"guest {number}" for number in range(OPEN)]


async def measure(folder: Path) -> str:
    """Both databases, as a table with the target."""
    rows = []
    with ExitStack() as ends:
        urls = {
            "SQLite": databases.sqlite_file(folder / "screen.db"),
            "PostgreSQL": ends.enter_context(databases.postgres(folder / "screen-postgres")),
        }
        for name, url in urls.items():
            store = open_store(url)
            talks = await store.transact(_filled)
            store.close()
            environment = {"BOT__DATABASE__URL": url, "BOT__DATA_DIR": str(folder), "BOT__DEMO": "true"}
            server = Server("bot run", environment, folder)
            try:
                spent = await _watched(f"http://127.0.0.1:{server.port}", talks)
            finally:
                server.stop()
            middle, slow = (percentile(spent, share) * 1000 for share in (0.5, 0.95))
            target = f"≤ {TARGET_MS:g} {met(slow <= TARGET_MS)}"
            rows.append((name, str(len(spent)), f"{middle:.0f}", f"{slow:.0f}", target))
    return (
        f"\nFrom a customer's message to an agent's screen, {OPEN} open conversations, {AGENTS} agents, "
        f"{A_SECOND} messages a second, ms:" + table(("", "seen", "p50", "p95", "target"), rows)
    )


def _filled(tx: Tx) -> list[int]:
    """Users, and conversations that are each an agent's; the ids of those that agents look at."""
    now, timing = datetime.now(UTC), ownership.QueueSettings()
    kept = hashed(PASSWORD)
    agents = [tx.users.add(f"agent{n}", f"Agent {n}", "agent", kept, now) for n in range(AGENTS)]
    talks = []
    for number, peer in enumerate(PEERS):
        room = tx.conversations.enter("rest", "rest", peer, now)
        ownership.move(tx, room, "ask", ownership.BOT, now, timing)
        inbound = Inbound(Address("rest", "rest", peer), f"{peer}:0", now, "有人吗")
        tx.messages.take(room, inbound.external_id, stored_form(inbound), now, now)
        agent = agents[number % AGENTS]
        assert agent is not None
        ownership.move(tx, room, "take", ownership.mover(agent), now, timing)
        tx.conversations.save(room, now)
        talks.append(room.id)
    return talks[:AGENTS]


async def _watched(url: str, talks: list[int]) -> list[float]:
    """Seconds from each message to a watched conversation until it was on its agent's screen."""
    said: dict[str, float] = {}
    seen: dict[str, float] = {}
    async with httpx.AsyncClient(base_url=url, timeout=30) as customers:
        pages = [
            asyncio.create_task(_page(url, number, talk, said, seen)) for number, talk in enumerate(talks)
        ]
        await asyncio.sleep(3)
        await _say(customers, said)
        await asyncio.sleep(2)
        for page in pages:
            page.cancel()
        await asyncio.gather(*pages, return_exceptions=True)
    missing = said.keys() - seen.keys()
    assert not missing, f"{len(missing)} of {len(said)} messages never came to the screen"
    return [seen[words] - said[words] for words in said]


async def _say(customers: httpx.AsyncClient, said: dict[str, float]) -> None:
    """Some of the messages go to conversations that somebody looks at."""
    random, began = Random(7), asyncio.get_running_loop().time()
    under_way = set()
    for number in range(A_SECOND * SECONDS):
        await asyncio.sleep(max(0.0, began + number / A_SECOND - asyncio.get_running_loop().time()))
        watched = number % WATCHED_EVERY == 0
        peer = PEERS[random.randrange(AGENTS) if watched else random.randrange(AGENTS, OPEN)]
        words = f"message-{number}-end"
        if watched:
            said[words] = time.perf_counter()
        body = {"sender": peer, "message": words}
        under_way.add(asyncio.create_task(customers.post("/webhooks/rest/webhook", json=body)))
    for answer in await asyncio.gather(*under_way):
        assert answer.status_code == 200, answer.text


async def _page(url: str, number: int, talk: int, said: dict[str, float], seen: dict[str, float]) -> None:
    """One agent's browser with one conversation open."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as browser:
        form = {"name": f"agent{number}", "password": PASSWORD}
        assert (await browser.post(f"{PREFIX}/sign-in", data=form)).status_code == 303
        account = (await browser.get(f"{PREFIX}/account")).text
        csrf = re.findall(r'name="csrf" value="([0-9a-f]+)"', account)[0]
        await browser.post(f"{PREFIX}/presence", data={"csrf": csrf, "state": "online"})
        room, line = f"/talks/{talk}", asyncio.Lock()
        beside = ("side", "articles", "signs")
        changed = {part: asyncio.Event() for part in ("talk", "list", "alerts", *beside)}
        free = {part: asyncio.Lock() if part == "talk" else line for part in changed}

        async def fetch(part: str, path: str, pause: float) -> None:
            while True:
                await changed[part].wait()
                changed[part].clear()
                async with free[part]:
                    asked = time.perf_counter()
                    page = (await browser.get(f"{PREFIX}{path}", headers={"hx-request": "true"})).text
                now = time.perf_counter()
                for words in re.findall(r"message-\d+-end", page) if part == "talk" else ():
                    if words in said:
                        seen.setdefault(words, now)
                await asyncio.sleep(pause if part == "talk" else max(pause, min(4 * (now - asked), 5.0)))

        async with asyncio.TaskGroup() as parts:
            parts.create_task(fetch("talk", f"{room}/live", TALK_SECONDS))
            parts.create_task(fetch("list", "/list?view=mine", LIST_SECONDS))
            parts.create_task(fetch("alerts", "/alerts", ALERT_SECONDS))
            for part in beside:
                parts.create_task(fetch(part, f"{room}/{part}", LIST_SECONDS))
            async with _stream(browser) as changes:
                async for one in changes:
                    for part in ("list", "alerts"):
                        changed[part].set()
                    for part in ("talk", *beside) if talk in one else ():
                        changed[part].set()


@asynccontextmanager
async def _stream(browser: httpx.AsyncClient) -> AsyncIterator[AsyncIterator[set[int]]]:
    """The conversations that the stream says changed, as often as it says so."""
    async with browser.stream("GET", f"{PREFIX}/live", timeout=None) as answer:

        async def numbers() -> AsyncIterator[set[int]]:
            async for line in answer.aiter_lines():
                if line.startswith("data: ") and line[6:7].isdecimal():
                    yield set(map(int, line[6:].split(",")))

        yield numbers()


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Nothing is to be chosen; only --help is known."""
    return argparse.ArgumentParser(prog="python -m tests.bench.screen", description=__doc__).parse_args(
        arguments
    )


async def main() -> None:
    """This part alone."""
    with tempfile.TemporaryDirectory(prefix="baoxiu-bench-") as folder:
        print(await measure(Path(folder)))


if __name__ == "__main__":
    parse()
    asyncio.run(main())
