"""`python -m tests.simulation`: play seeds until the time is over; `--seed N` plays that one again."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from pathlib import Path
from random import SystemRandom

import click

from tests.simulation.campaign import Found, Progress, examine, explore
from tests.simulation.episode import open_database, silence
from tests.simulation.hands_mutants import MUTANTS
from tests.simulation.operations import generate, load

TELL_EVERY = 10.0  # seconds between two lines of progress


@click.command()
@click.option("--seed", type=int, help="play this seed only")
@click.option("--case", type=click.Path(exists=True, path_type=Path), help="play a recorded case")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="how long to look for trouble")
@click.option("--mutant", type=click.Choice(sorted(MUTANTS)), help="with this planted bug")
@click.option("--database", default="sqlite:///:memory:", show_default=True, help="a database for this alone")
@click.option("--record", help="keep what is found in the corpus under this name")
def main(
    seed: int | None, case: Path | None, seconds: float, mutant: str | None, database: str, record: str | None
) -> None:
    """Simulate the desk with faults everywhere and check its promises."""
    opened = open_database(database)
    with silence(), MUTANTS[mutant]() if mutant else nullcontext():
        if case is not None:
            turns, found = examine(*load(case), opened)
        elif seed is not None:
            turns, found = examine(seed, generate(seed), opened)
        else:
            first = SystemRandom().randrange(2**40)
            click.echo(f"first seed {first}")
            progress, found = explore(opened, first, seconds, _teller())
            turns = progress.turns
            click.echo(str(progress))
    if found is None:
        click.echo(f"{turns} turns, every promise kept")
        return
    click.echo(str(found))
    _record(found, record)
    sys.exit(1)


def _record(found: Found, name: str | None) -> None:
    if name:
        click.echo(f"recorded as {found.record(name)}")


def _teller() -> object:
    told = time.monotonic()

    def tell(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            click.echo(f"{told - progress.began:6.0f} s  {progress}")

    return tell


if __name__ == "__main__":
    main()
