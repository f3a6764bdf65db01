"""Which promises of an order are watched, and what keeps them: the table `watched.yml` (E5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from handlers.life import life
from handlers.promises.policy import What
from nlu import yml

SOURCE = Path(__file__).with_name("watched.yml")
AGAIN = "_2"
"""Ends the name of the promise given in place of a broken one."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One promise: the moves that give it, the states that keep it or make it void."""

    what: What
    begins: frozenset[str]
    kept: frozenset[str]
    dropped: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    told: bool = False
    anew: bool = False
    steady: bool = False
    aside: bool = False
    by: frozenset[str] = frozenset()

    def begun_by(self, move: str, kind: str) -> bool:
        """Whether that move of such an order gives the promise."""
        return move in self.begins and (not self.kinds or kind in self.kinds)


@cache
def watched() -> Mapping[str, Watched]:
    """Every watched promise by its name; raises ValueError for what life.yml does not know."""
    return {name: _read(name, row) for name, row in yml.read(SOURCE).items()}


def rule_of(what: str) -> Watched | None:
    """The rule of a promise or of the one given in its place."""
    return watched().get(what.removesuffix(AGAIN))


def _read(name: str, row: Mapping[str, object]) -> Watched:
    said = {key: bool(row.get(key)) for key in ("told", "anew", "steady", "aside")}
    listed = {key: frozenset(cast("list[str]", value)) for key, value in row.items() if key not in said}
    unknown = (listed["kept"] | listed.get("dropped", frozenset())) - life().states.keys()
    unknown |= (listed["begins"] | listed.get("by", frozenset())) - life().moves.keys()
    if unknown:
        raise ValueError(f"{SOURCE.name}: {name}: the life of orders has no {sorted(unknown)[0]}")
    return Watched(cast(What, name), **said, **listed)  # type: ignore[arg-type]
