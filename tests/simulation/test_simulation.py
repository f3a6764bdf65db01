"""Nothing is lost, doubled or reordered, whatever fails: every T of `invariants` and `books`, and L1.

I1, I2, C9, E1, E5, F6, F8.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import SystemRandom

import pytest

from tests.conftest import create_database
from tests.simulation import campaign
from tests.simulation.episode import open_database, play, silence
from tests.simulation.hands_mutants import MUTANTS
from tests.simulation.operations import aimed, generate, load
from tests.simulation.shrink import shrink
from tests.simulation.store import Database

SECONDS = float(os.environ.get("SIMULATION_SECONDS", "60"))
SEEDS_A_MUTANT = 200
BRIEF = 120.0
"""Simulated seconds in which recorded cases come to rest, so that a planted bug is not waited for longer."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with silence():
        yield


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    opened = open_database()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def server_database(postgres: str, postgres_template: str) -> Iterator[Database]:
    """The same world on a real PostgreSQL server, in a database of its own."""
    create_database(postgres, "simulation", postgres_template)
    opened = open_database(postgres.format(name="simulation"))
    yield opened
    opened.close()


Say = Callable[[str], None]


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Tells in the summary of the run, although the test passes."""
    return lambda line: request.node.user_properties.append(("told", line))


@pytest.mark.slow
@pytest.mark.parametrize("part", [1, 2])
def test_every_promise_is_kept_whatever_fails(database: Database, part: int, say: Say) -> None:
    first = SystemRandom().randrange(2**40)
    progress, found = campaign.explore(database, first, SECONDS / 2)
    say(f"part {part}, seeds from {first}: {progress}; again: python -m tests.simulation --seed {first}")
    assert found is None, str(found)


def test_every_promise_is_kept_on_postgresql(server_database: Database, say: Say) -> None:
    first = SystemRandom().randrange(2**40)
    progress, found = campaign.explore(server_database, first, SECONDS / 10)
    say(f"PostgreSQL, seeds from {first}: {progress}")
    assert found is None, f"{found}\n(on PostgreSQL: add --database postgresql+psycopg://…)"


@pytest.mark.parametrize("case", campaign.corpus(), ids=lambda path: path.stem)
def test_what_was_found_once_stays_mended(database: Database, case: Path) -> None:
    assert play(*load(case), database, BRIEF).violation is None


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_planted_bug_is_found(database: Database, name: str) -> None:
    """A simulation that finds nothing proves nothing; nor does a bug with which no message is taken."""
    recorded = campaign.CORPUS / f"{name}.json"
    cases = [load(recorded)] if recorded.exists() else []
    with MUTANTS[name]():
        for seed, operations in [*cases, *((seed, generate(seed)) for seed in range(SEEDS_A_MUTANT))]:
            result = play(seed, operations, database, BRIEF)
            if result.violation is not None:
                assert result.turns, f"with {name} nothing works"
                return
    pytest.fail(f"{name} survived {SEEDS_A_MUTANT} seeds")


def test_claims_are_told_apart(database: Database) -> None:
    """T10: a claim whose commit failed is not taken for a later one; found without a recorded case too."""
    with MUTANTS["takes_one_claim_for_another"]():
        played = (play(seed, aimed("doubt", seed), database, BRIEF) for seed in range(SEEDS_A_MUTANT))
        assert next((one.violation for one in played if one.violation is not None), None) is not None
    assert all(play(seed, aimed("doubt", seed), database, BRIEF).violation is None for seed in range(20))


def test_the_same_seed_plays_the_same_episode(database: Database) -> None:
    seed = SystemRandom().randrange(2**40)
    first = play(seed, generate(seed), database)
    with MUTANTS["half_a_turn"]():
        play(1, generate(1), database)
    assert play(seed, generate(seed), database) == first


def test_shrinking_leaves_only_what_is_needed() -> None:
    assert shrink(list(range(100)), lambda left: {17, 42} <= set(left)) == [17, 42]
