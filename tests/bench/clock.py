"""The clock's speed: a sweep over a million timers of which none is due, and how quickly due ones speak.

Part of `make bench`; alone: `python -m tests.bench.clock`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import func, select

from bot.dialogue import Dialogue
from bot.messages import Reply
from bot.settings import Settings
from bot.turns import say
from bot.voice import DeskVoice
from scheduler import Clockwork, Job, jobs
from scheduler.rules import Rules
from storage import Store, Tx, open_store
from storage.schema import outbox
from tests.bench import clock_rows, databases
from tests.bench.load import percentile
from tests.bench.report import met, table
from tests.conftest import NOON

SWEEPS = 200
SWEEP_MS, WAIT_MS, GROWTH_MB = 5.0, 50.0, 10.0
FIRED_PER_SECOND = {"SQLite": 5000, "PostgreSQL": 2000}
TURN_EVERY = 0.02
"""Seconds between the turns that are taken while timers fire."""


@dataclass(frozen=True, slots=True)
class Fired:
    """How one job's due timers went."""

    name: str
    per_second: float
    cpu: float
    """Seconds of this process's processor time for each timer, turns included."""
    waits: list[float]
    """Of turns taken meanwhile: seconds until their work began."""
    turns: list[float]
    """And until they were durable."""
    grown_mb: float
    """Memory from a fifth of the way to the end."""


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """What to run, where this is run alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.clock", description=__doc__)
    add_options(parser)
    return parser.parse_args(arguments)


def add_options(parser: argparse.ArgumentParser) -> None:
    """How many rows; BENCH_<NAME> in the environment sets a default, as everywhere in the benchmark."""
    for name, default, meaning in (
        ("timers", 1_000_000, "timers that wait while a sweep finds nothing due"),
        ("due", 10_000, "due timers of each job"),
    ):
        chosen = int(os.environ.get(f"BENCH_{name.upper()}", default))
        parser.add_argument(f"--{name}", type=int, default=chosen, help=f"{meaning} [%(default)s]")


async def measure(folder: Path, given: argparse.Namespace) -> str:
    """Everything on both databases, as a table with the targets."""
    voice = DeskVoice(Dialogue.load(Settings()))
    swept, fired = [], []
    with ExitStack() as ends:
        urls = {
            "SQLite": databases.sqlite_file(folder / "clock.db"),
            "PostgreSQL": ends.enter_context(databases.postgres(folder / "clock-postgres")),
        }
        for name, url in urls.items():
            store = open_store(url)
            ends.callback(store.close)
            await asyncio.to_thread(clock_rows.waiting, store.engine, given.timers)
            await asyncio.to_thread(clock_rows.orders, store.engine, given.due)
            works = jobs(Rules())
            await _prepare(store, voice, works)
            swept.append(
                (name, "timers", await _idle(store, voice, [one for one in works if one.name == "timers"]))
            )
            swept.append((name, "all jobs", await _idle(store, voice, works)))
            for job in (*clock_rows.DUE, *clock_rows.LATER):
                await asyncio.to_thread(clock_rows.due, store.engine, job, given.due)
                fired.append((name, await _fire(store, voice, job, given.due)))
    return _told(swept, fired, given)


async def _prepare(store: Store, voice: DeskVoice, works: list[Job]) -> None:
    """What a first start does."""
    for job in works * 2:
        while await store.transact(lambda tx, job=job: job.sweep(tx, NOON, voice)):  # type: ignore[misc]
            pass


async def _idle(store: Store, voice: DeskVoice, works: list[Job]) -> list[float]:
    """Seconds of a look that finds nothing to do."""
    spent = []
    for number in range(SWEEPS + 10):
        began = time.perf_counter()
        for job in works:
            assert await store.transact(lambda tx, job=job: job.sweep(tx, NOON, voice)) == 0  # type: ignore[misc]
        if number >= 10:
            spent.append(time.perf_counter() - began)
    return spent


async def _fire(store: Store, voice: DeskVoice, name: str, number: int) -> Fired:
    """All due timers of one job, with turns taken in between."""
    before = await store.read(_written)
    memory: list[float] = []
    (job,) = (one for one in jobs(Rules()) if one.name == "timers")
    clockwork = Clockwork(store, lambda: NOON, voice, [])
    worked = 0

    def sweep(tx: Tx, *rest: object) -> int:
        nonlocal worked
        done = job.sweep(tx, *rest)  # type: ignore[arg-type]
        worked += done
        if not memory and worked >= number / 5:
            memory.append(_resident_mb())
        return done

    firing = asyncio.create_task(clockwork.run(Job(job.name, job.seconds, sweep)))
    began, cpu = time.perf_counter(), time.process_time()
    waits, turns = await _turns(store, firing)
    spent, cpu = time.perf_counter() - began, time.process_time() - cpu
    said = await store.read(_written) - before - len(turns)
    wanted = 0 if name in clock_rows.SILENT else number
    assert said == wanted, f"{name}: {said} instead of {wanted} were said"
    return Fired(name, number / spent, cpu / number, waits, turns, _resident_mb() - memory[0])


async def _turns(store: Store, firing: asyncio.Task[None]) -> tuple[list[float], list[float]]:
    """A small turn again and again until everything is fired."""
    waits, turns = [], []

    def turn(tx: Tx) -> float:
        began = time.perf_counter()
        conversation = tx.conversations.enter("telegram", "main", f"guest {len(turns) % 16}", NOON)
        say(tx, conversation, Reply("好的"), NOON)
        tx.conversations.save(conversation, NOON)
        return began

    while not firing.done():
        asked = time.perf_counter()
        waits.append(await store.transact(turn) - asked)
        turns.append(time.perf_counter() - asked)
        await asyncio.wait({firing}, timeout=TURN_EVERY)
    await firing
    return waits, turns


def _written(tx: Tx) -> int:
    return int(tx.execute(select(func.count()).select_from(outbox)).scalar_one())


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _told(
    swept: list[tuple[str, str, list[float]]], fired: list[tuple[str, Fired]], given: argparse.Namespace
) -> str:
    looks = []
    for name, which, spent in swept:
        middle, slow = (percentile(spent, share) * 1000 for share in (0.5, 0.99))
        looks.append(
            (f"{name}, {which}", f"{middle:.2f}", f"{slow:.2f}", f"≤ {SWEEP_MS:g}", met(middle <= SWEEP_MS))
        )
    rows = []
    for name, one in fired:
        rate, wait = FIRED_PER_SECOND[name], max(one.waits) * 1000
        rows.append((
            f"{name}, {one.name}", f"{one.per_second:.0f}", f"≥ {rate} {met(one.per_second >= rate)}",
            f"{one.cpu * 1000:.2f}", f"{percentile(one.waits, 0.5) * 1000:.1f}", f"{wait:.1f}",
            f"≤ {WAIT_MS:g} {met(wait <= WAIT_MS)}",
            f"{percentile(one.turns, 0.5) * 1000:.1f}",
            f"{one.grown_mb:+.1f}", f"≤ {GROWTH_MB:g} {met(one.grown_mb <= GROWTH_MB)}",
        ))  # fmt: skip
    head = ("", "fired/s", "target", "CPU ms", "wait p50", "longest", "target", "turn p50", "MB", "target")
    return (
        f"\nThe clock, {given.timers:,} timers waiting; a look that finds nothing due, ms:"
        + table(("", "p50", "p99", "target", ""), looks)
        + f"\n{given.due:,} due timers of a job, each speaking to its customer; waits of turns in ms:"
        + table(head, rows)
    )


async def main(given: argparse.Namespace) -> None:
    """This part alone."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="baoxiu-bench-") as folder:
        print(await measure(Path(folder), given))


if __name__ == "__main__":
    asyncio.run(main(parse()))
