"""An episode: one world from its first operation to its rest."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from storage.database import open_engine
from tests.simulation.afterwards import check_reports, check_retention
from tests.simulation.books import Violation
from tests.simulation.invariants import check_liveness, check_safety
from tests.simulation.loop import VirtualLoop
from tests.simulation.operations import Operation
from tests.simulation.process import task_factory
from tests.simulation.store import Database
from tests.simulation.world import DRAIN_SECONDS, World

CHECK_EVERY = 15  # operations between two looks at everything


@dataclass(frozen=True, slots=True)
class Result:
    """How an episode went: messages taken, and the promise that was broken, if any."""

    turns: int
    violation: Violation | None


def open_database(url: str = "sqlite:///:memory:") -> Database:
    """A store for many episodes, one after another."""
    return Database(open_engine(url))


def play(
    seed: int, operations: Sequence[Operation], database: Database, patience: float = DRAIN_SECONDS
) -> Result:
    """Run the operations in a new world; the same ones always end the same way.

    `patience`: simulated seconds in which everything must come to rest, once faults have stopped.
    """
    database.clear()
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        loop = VirtualLoop()
        loop.set_task_factory(task_factory)
        loop.set_exception_handler(lambda loop, context: None)
        try:
            return loop.run_until_complete(_play(seed, operations, database, Path(folder), patience))
        finally:
            loop.close()


async def _play(
    seed: int, operations: Sequence[Operation], database: Database, folder: Path, patience: float
) -> Result:
    world = World(seed, operations, database, folder)
    violation = None
    try:
        for number, operation in enumerate(operations, 1):
            await world.perform(operation)
            if number % CHECK_EVERY == 0:
                check_safety(world)
        await world.drain(patience)
        check_safety(world)
        check_liveness(world)
        database.look(check_reports)
        check_retention(database, folder)
    except Violation as found:
        violation = found
    world.end()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return Result(world.turns, violation)


@contextmanager
def silence() -> Iterator[None]:
    """Expected failures are not news: no logs while simulating."""
    before, logger = structlog.get_config(), logging.getLogger("asyncio")
    level = logger.level
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), cache_logger_on_first_use=False
    )
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        structlog.configure(**before)
        logger.setLevel(level)
