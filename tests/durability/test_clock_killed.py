"""The clock is killed with kill -9 while timers fire: nothing is lost or said twice (F8).

`KILLS` sets how often (default 12 a database, see test_killed.py; here a quarter of it).
On PostgreSQL two processes sweep at once.
"""

from __future__ import annotations

import os
import secrets
import time
from collections import Counter
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from random import Random

import pytest
from sqlalchemy import func, select

from storage import Store, open_store
from storage.schema import conversations, messages, notices, outbox, timers
from tests.bench import clock_rows
from tests.conftest import NOON
from tests.durability.platform import FORKS
from tests.durability.sweeping import sweep

KILLS = int(os.environ.get("KILLS", "12")) // 4
ORDERS = 400
SECONDS = 120


def start(url: str) -> tuple[BaseProcess, Connection]:
    ours, theirs = FORKS.Pipe()
    child = FORKS.Process(target=sweep, args=(theirs, url), daemon=True)
    child.start()
    theirs.close()
    return child, ours


def left(store: Store) -> int:
    """How many timers are still due."""
    due = select(func.count()).select_from(timers).where(timers.c.due_at <= NOON)
    return store.run(lambda tx: int(tx.execute(due).scalar_one()))


@pytest.mark.slow
def test_timers_fire_once_whoever_is_killed(database_url: str) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    rng, store = Random(seed), open_store(database_url)
    clock_rows.orders(store.engine, ORDERS)
    for job in clock_rows.DUE:
        clock_rows.due(store.engine, job, ORDERS)
    processes = 2 if store.engine.dialect.name == "postgresql" else 1
    children = [start(database_url) for _ in range(processes)]
    try:
        for number in range(KILLS):
            child, connection = children[number % processes]
            assert connection.poll(SECONDS)
            time.sleep(rng.uniform(0.01, 0.2))
            child.kill()
            child.join()
            children[number % processes] = start(database_url)
        end = time.monotonic() + SECONDS
        while left(store) and time.monotonic() < end:
            time.sleep(0.05)
        assert not left(store), "what was due was not worked off"
        check(store)
    finally:
        for child, _ in children:
            child.kill()
            child.join()
        store.close()


def check(store: Store) -> None:
    """Each of the orders' customers was told each thing once, in order, with its notice and outbox row."""
    rooms, said, sends, decided = store.run(
        lambda tx: tuple(
            tx.execute(select(table)).mappings().all() for table in (conversations, messages, outbox, notices)
        )
    )
    told = Counter((row["order_id"], row["kind"]) for row in decided)
    kinds = {kind for _, kind in told}
    assert kinds == {"progress", "visit", "promise_broken"}
    assert told == Counter({(number + 1, kind): 1 for number in range(ORDERS) for kind in kinds})
    assert sorted(row["message_id"] for row in decided) == sorted(row["id"] for row in said)
    assert sorted(row["message_id"] for row in sends) == sorted(row["id"] for row in said)
    for room in rooms:
        numbers = sorted(row["seq"] for row in said if row["conversation_id"] == room["id"])
        assert numbers == list(range(1, len(kinds) + 1))
        assert room["last_seq"] == len(kinds)
