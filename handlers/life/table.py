"""The table of legal moves of an order: read from `life.yml` and checked before anything uses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from handlers.life.checking import Problem, problems
from nlu import yml

SOURCE = Path(__file__).with_name("life.yml")
NEWS = Path(__file__).parent.with_name("order_news.yml")
NEW = "new"
SAME = "same"
ALL_OPEN = "all open"
ACTORS = ("customer", "bot", "agent", "engineer", "supervisor", "system")
"""Kinds of who may move an order."""


class LifeProblem(Exception):
    """The table of moves cannot be used; the message names file, line and what is wrong."""


@dataclass(frozen=True, slots=True)
class State:
    """A state of an order: what its traffic light shows, and whether promises stand still in it."""

    name: str
    light: str
    paused: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A legal move; `target` None leaves the state as it is, `reason` is "", "required" or "told"."""

    name: str
    sources: tuple[str, ...]
    target: str | None
    who: tuple[str, ...]
    kinds: tuple[str, ...]
    reason: str = ""
    tells: str | None = None
    raises: bool = False
    again: bool = False
    needs: tuple[str, ...] = ()
    """What the response must be told, e.g. the quotation."""

    def leads(self, status: str) -> str:
        """The state after the move from that one."""
        return self.target or status


@dataclass(frozen=True, slots=True)
class Life:
    """The whole table."""

    kinds: tuple[str, ...]
    states: Mapping[str, State]
    moves: Mapping[str, Move]

    def legal(self, status: str, kind: str, actor: str | None = None) -> list[Move]:
        """What may be done with an order of that kind in that state, by anybody or by such an actor."""
        return [
            move
            for move in self.moves.values()
            if status in move.sources and kind in move.kinds and (actor is None or actor in move.who)
        ]

    def edges(self) -> Iterator[tuple[str, Move, str]]:
        """Every step the table allows: from, by which move, to."""
        for move in self.moves.values():
            for source in move.sources:
                yield source, move, move.leads(source)


@cache
def life() -> Life:
    """The desk's own table."""
    return load(SOURCE, dict(yml.read(NEWS)["responses"]))


def load(path: Path, responses: Mapping[str, Any]) -> Life:
    """Read and check a table; `responses` are those a move may tell. Raises LifeProblem."""
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.load(text, yml.Loader)  # noqa: S506 - a safe loader
        lines = yml.lines(text)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        raise LifeProblem(f"{path.name}:{mark.line + 1 if mark else 1}: not valid YAML") from None
    for mistake in problems(content, responses, ACTORS):
        raise LifeProblem(_told(path, mistake, lines))
    kinds = tuple(content["kinds"])
    states = {name: _state(name, spec) for name, spec in content["states"].items()}
    every_open = tuple(name for name, state in states.items() if not state.final)
    moves = {name: _move(name, spec, every_open, kinds) for name, spec in content["moves"].items()}
    return Life(kinds, states, moves)


def _state(name: str, spec: Mapping[str, Any]) -> State:
    return State(name, spec["light"], spec.get("clock") == "paused", bool(spec.get("final")))


def _move(name: str, spec: Mapping[str, Any], every_open: Iterable[str], kinds: tuple[str, ...]) -> Move:
    return Move(
        name=name,
        sources=tuple(every_open) if spec["from"] == ALL_OPEN else tuple(_listed(spec["from"])),
        target=None if spec["to"] == SAME else spec["to"],
        who=tuple(spec["who"]),
        kinds=tuple(spec.get("kinds") or kinds),
        reason=spec.get("reason") or "",
        tells=spec.get("tells"),
        raises=bool(spec.get("raises")),
        again=bool(spec.get("again")),
        needs=tuple(spec.get("with") or ()),
    )


def _listed(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value]


def _told(path: Path, problem: Problem, lines: Mapping[tuple[str, ...], int]) -> str:
    place = problem.place
    while place and place not in lines:
        place = place[:-1]
    return f"{path.name}:{lines.get(place, 1)}: {problem.words}"
