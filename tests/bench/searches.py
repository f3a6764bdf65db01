"""Lists and searches of the console over a long past: 100,000 customers, 500,000 messages.

Part of `make bench`; alone: `python -m tests.bench.searches`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import httpx
import structlog
from sqlalchemy import create_engine, text

from bot.console import PREFIX
from bot.console.app import build_console
from bot.console.passwords import hashed
from bot.dialogue import Dialogue
from bot.http import build_http
from bot.settings import Settings
from bot.voice import DeskVoice
from storage import Store, open_store
from tests.bench import databases
from tests.bench.load import percentile
from tests.bench.report import met, table
from tests.conftest import NOON
from tests.desks import desk_for

CUSTOMERS, MESSAGES, OPEN, LOOKS = 100_000, 5, 500, 40
"""Messages of each customer; conversations that wait for somebody; looks at each page."""
TARGET_MS = 150.0
PASSWORD = "a horse and a battery"
PAGES = {
    "who waits for somebody": "/list?view=unassigned",
    "all open ones by promise": "/list?view=all&sort=promise",
    "open ones that wait long": "/list?view=waiting&channel=web&age=5",
    "what an agent has": "/list?view=mine",
    "resolved ones": "/list?view=resolved",
    "resolved ones of a channel": "/list?view=resolved&channel=web",
    "resolved ones, none fits": "/list?view=resolved&language=en",
    "one conversation": "/talks/FIRST/live?view=all",
    "alerts": "/alerts",
    "customers, newest": "/customers",
    "customers, page 1,000": "/customers?page=1000",
    "a whole telephone number": "/customers?q=13800054321",
    "its last four digits": "/customers?q=4321",
    "its last eight digits": "/customers?q=00054321",
    "a customer's number": "/customers?q=54321",
    "a whole name (250 have it)": "/customers?q=王芳敏",
    "a given name (2,500)": "/customers?q=芳敏",
    "a family name (10,000)": "/customers?q=王",
    "part of an English name (10,000)": "/customers?q=Smith",
    "nobody": "/customers?q=龘",
    "conversations by name": "/list?view=all&q=王芳敏",
    "by a number's last four digits": "/list?view=all&q=4321",
    "by an order's number": "/list?view=all&q=SR-2026",
    "by words many said": "/list?view=all&q=不制冷",
    "by words nobody said": "/list?view=all&q=龘龘",
}  # fmt: skip
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
FAMILY, GIVEN = "王李张刘陈杨黄赵周吴", "芳伟娜敏静丽强磊军洋勇艳杰涛明超兰霞平刚"
STATEMENTS = (
    f"""
    INSERT INTO customers (id, name, phone, language, level, created_at, updated_at)
    SELECT i, CASE WHEN i % 10 = 9 THEN 'Anna Smith ' || CAST(i AS text) ELSE
           substr('{FAMILY}', 1 + i % 10, 1) || substr('{GIVEN}', 1 + (i / 10) % 20, 1)
           || substr('{GIVEN}', 1 + (i / 200) % 20, 1) END,
           '+86138' || substr(CAST(100000000 + i AS text), 2), 'zh', 'normal', AT, AT FROM n
    """,
    """
    INSERT INTO conversations (id, channel, account, peer, customer_id, owner, language, state, last_seq,
                               created_at, updated_at)
    SELECT i, 'web', 'web', CAST(i AS text), i, CASE WHEN i % STEP = 0 THEN 'queue' ELSE 'closed' END, 'zh',
           JSON'{}'JSON, MANY, AT, LATER FROM n
    """,
    """
    INSERT INTO messages (id, conversation_id, seq, author, channel, account, body, sent_at, created_at)
    SELECT i * MANY - MANY + s.seq, i, s.seq, CASE WHEN s.seq % 2 = 1 THEN 'customer' ELSE 'bot' END,
           'web', 'web', CASE WHEN s.seq % 2 = 1 THEN JSON'{"text":"我家冰箱不制冷了，昨天开始的"}'JSON
           ELSE JSON'{"text":"好的，帮您报修。请问怎么称呼您？电话也可以一起留下。"}'JSON END, AT, AT
    FROM n, (SELECT 1 AS seq UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5) AS s
    """,
    """
    INSERT INTO orders (id, number, request_key, kind, status, priority, customer_id, conversation_id, fields,
                        contact_name, contact_phone, promised_at, created_at, updated_at)
    SELECT i, 'SR-2026' || substr(CAST(100000000 + i AS text), 2), 'past-' || CAST(i AS text), 'fault',
           'closed', 'normal', i, i, JSON'{"product":"refrigerator"}'JSON, '王芳',
           '+86138' || substr(CAST(100000000 + i AS text), 2), AT, AT, AT
    FROM n WHERE i % 3 = 0
    """,
    """
    INSERT INTO handovers (id, conversation_id, at, reason, agent_id, ended_at, outcome)
    SELECT i, i, AT, 'asked', 1, AT, 'closed' FROM n
    """,
    """
    INSERT INTO handovers (id, conversation_id, at, reason, queued_at, due_at)
    SELECT 10000000 + i, i, AT, 'asked', AT, AT FROM n WHERE i % STEP = 0
    """,
)
SQLITE = {
    "LATER": "strftime('%Y-%m-%dT%H:%M:%S', '2020-01-05', '+' || i || ' seconds') || '.000000+00:00'",
    "AT": "'2026-01-05T08:00:00.000000+00:00'",
    "JSON'": "'",
    "'JSON": "'",
    "MANY": str(MESSAGES),
}
POSTGRES = {
    **SQLITE,
    "LATER": "CAST('2020-01-05T00:00:00+00:00' AS timestamptz) + i * interval '1 second'",
    "AT": "CAST('2026-01-05T08:00:00+00:00' AS timestamptz)",
    "JSON'": "CAST('",
    "'JSON": "' AS jsonb)",
}


async def measure(folder: Path, customers: int = CUSTOMERS) -> str:
    """Both databases, as a table with the target."""
    voice, found = DeskVoice(Dialogue.load(Settings())), {}
    with ExitStack() as ends:
        urls = {
            "SQLite": databases.sqlite_file(folder / "searches.db"),
            "PostgreSQL": ends.enter_context(databases.postgres(folder / "searches-postgres")),
        }
        for name, url in urls.items():
            await asyncio.to_thread(fill, url, customers)
            store = open_store(url)
            ends.callback(store.close)
            found[name] = await _looks(store, voice, _step(customers))
    rows = [_row(page, [spent[page] for spent in found.values()]) for page in PAGES]
    heads = ("ms", "SQLite p50", "p95", "PostgreSQL p50", "p95", f"≤ {TARGET_MS:g}")
    told = f"{customers:,} customers, {customers * MESSAGES:,} messages, {LOOKS} looks each"
    return f"\nLists and searches, {told}:" + table(heads, rows)


def _row(page: str, spent: Sequence[Sequence[float]]) -> tuple[str, ...]:
    """p50 and p95 of each database, and whether all are within the limit."""
    cells = [percentile(one, share) * 1000 for one in spent for share in (0.5, 0.95)]
    return page, *(f"{cell:.0f}" for cell in cells), met(max(cells[1::2]) <= TARGET_MS)


def fill(url: str, customers: int) -> None:
    """Write so many customers with what they said into the empty, migrated database."""
    words = (SQLITE if url.startswith("sqlite") else POSTGRES) | {"STEP": str(_step(customers))}
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in STATEMENTS:
            for name, meant in words.items():
                statement = statement.replace(name, meant)
            head, _, rest = statement.partition("SELECT")
            numbers = NUMBERS.format(first=1, last=customers)
            connection.exec_driver_sql(
                f"{head}{numbers}SELECT{rest}".replace("%", "%%" if url.startswith("postgresql") else "%")
            )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


def _step(customers: int) -> int:
    return max(1, customers // OPEN)


async def _looks(store: Store, voice: DeskVoice, first: int) -> dict[str, list[float]]:
    """Seconds of each look at each page, as an agent's browser sees it."""
    await store.transact(lambda tx: tx.users.add("agent", "Agent", "agent", hashed(PASSWORD), NOON))
    console = build_console(store, Settings(), lambda: NOON, voice, lambda channel, account: None, desk_for)
    app = build_http([], max_body=100_000, max_upload=100_000, mounted={PREFIX: console})
    spent: dict[str, list[float]] = {page: [] for page in PAGES}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.test") as client:
        form = {"name": "agent", "password": PASSWORD}
        assert (await client.post(f"{PREFIX}/sign-in", data=form)).status_code == 303
        for _ in range(LOOKS):
            for page, path in PAGES.items():
                began = time.perf_counter()
                answer = await client.get(f"{PREFIX}{quote(path.replace('FIRST', str(first)), safe='/?=&')}")
                spent[page].append(time.perf_counter() - began)
                assert answer.status_code == 200, (page, answer.text)
    return spent


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """How many customers."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.searches", description=__doc__)
    parser.add_argument(
        "--customers", type=int, default=CUSTOMERS, help="with five messages each [%(default)s]"
    )
    return parser.parse_args(arguments)


async def main(given: argparse.Namespace) -> None:
    """This part alone."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="baoxiu-bench-") as folder:
        print(await measure(Path(folder), given.customers))


if __name__ == "__main__":
    asyncio.run(main(parse()))
