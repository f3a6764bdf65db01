"""What the year is made of: `world.yml`, with choices by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from handlers.life.table import NEW, Life, life
from nlu import yml

T = TypeVar("T")
_SOURCE = Path(__file__).with_name("world.yml")


class WorldProblem(ValueError):
    """The year's data contradicts the table of moves."""


@cache
def world() -> Mapping[str, Any]:
    """The data, every way through an order's life checked against the table of moves."""
    content: dict[str, Any] = yml.read(_SOURCE)
    for kind, ways in content["ways"].items():
        for way in ways:
            check(kind, way["moves"], life())
    return content


def check(kind: str, moves: Sequence[str], table: Life) -> None:
    """Raise WorldProblem where an order of that kind cannot go that way."""
    status = NEW
    for name in moves:
        move = table.moves.get(name)
        if move is None or kind not in move.kinds or status not in move.sources:
            raise WorldProblem(f"world.yml: {kind}: {name} is no move from {status}")
        status = move.leads(status)


def one_of(random: Random, weights: Mapping[T, float]) -> T:
    """A key, as often as its weight."""
    return random.choices(list(weights), list(weights.values()))[0]
