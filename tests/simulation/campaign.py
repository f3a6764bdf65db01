"""Campaigns: many episodes, the shrinking of what they find, the corpus of what was found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.episode import play
from tests.simulation.operations import Operation, generate, save, to_json
from tests.simulation.shrink import shrink
from tests.simulation.store import Database

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True)
class Found:
    """A broken promise with the seed that broke it and as few operations as still do."""

    seed: int
    what: str
    operations: list[Operation]

    def __str__(self) -> str:
        lines = "\n".join(f"  {one}" for one in to_json(self.operations))
        return (
            f"{self.what}\nseed {self.seed}; again: python -m tests.simulation --seed {self.seed}\n"
            f"shrunk to {len(self.operations)} operations:\n{lines}"
        )

    def record(self, name: str) -> Path:
        """Keep it among the corpus."""
        path = CORPUS / f"{name}.json"
        save(path, self.seed, self.operations, self.what)
        return path


@dataclass(slots=True)
class Progress:
    """How far a campaign has come."""

    began: float
    episodes: int = 0
    turns: int = 0

    def __str__(self) -> str:
        spent = max(time.monotonic() - self.began, 0.001)
        return f"{self.episodes} episodes, {self.turns} turns, {self.turns / spent:.0f} turns/s"


def explore(
    database: Database, first_seed: int, seconds: float, tell: Callable[[Progress], None] = lambda _: None
) -> tuple[Progress, Found | None]:
    """Play seed after seed until the time is over or a promise is broken."""
    progress = Progress(time.monotonic())
    for seed in _seeds(first_seed):
        if time.monotonic() - progress.began >= seconds:
            return progress, None
        result, found = examine(seed, generate(seed), database)
        progress.episodes += 1
        progress.turns += result
        tell(progress)
        if found is not None:
            return progress, found
    raise AssertionError("there is always another seed")


def examine(
    seed: int, operations: list[Operation], database: Database, tries: int = 300
) -> tuple[int, Found | None]:
    """Play one case; shrink it when it breaks a promise. Returns the turns taken too."""
    result = play(seed, operations, database)
    if result.violation is None:
        return result.turns, None
    broken = result.violation.invariant

    def breaks(fewer: object) -> bool:
        again = play(seed, fewer, database).violation  # type: ignore[arg-type]
        return again is not None and again.invariant == broken

    fewest = shrink(operations, breaks, tries)
    return result.turns, Found(seed, str(play(seed, fewest, database).violation), fewest)


def corpus() -> list[Path]:
    """Every recorded case."""
    return sorted(CORPUS.glob("*.json"))


def _seeds(first: int) -> Iterator[int]:
    while True:
        yield first
        first += 1
