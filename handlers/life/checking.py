"""What may be wrong with a table of moves; told with the place, so that the line can be named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LIGHTS = ("waiting", "working", "nearly_done", "done", "stopped")
REASONS = ("required", "told")
_SECTIONS = ("kinds", "states", "moves")
_OF_STATES = {"light", "clock", "final"}
_OF_MOVES = {"from", "to", "who", "reason", "tells", "kinds", "raises", "again", "with"}
_NEEDED = ("from", "to", "who")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the path of keys that leads to it, and what is wrong in words."""

    place: tuple[str, ...]
    words: str


def problems(content: Any, responses: Mapping[str, Any], actors: Iterable[str]) -> list[Problem]:
    """Every mistake of the first sort found: shape, then names, then ways that lead nowhere."""
    for find in (_shape, _names, _ways):
        found = list(find(content, responses, tuple(actors)))
        if found:
            return found
    return []


def _shape(content: Any, _responses: Mapping[str, Any], _actors: tuple[str, ...]) -> Iterator[Problem]:
    if not isinstance(content, dict) or set(content) != set(_SECTIONS):
        yield Problem((), f"needs exactly the sections {', '.join(_SECTIONS)}")
        return
    if not _is_names(content["kinds"]):
        yield Problem(("kinds",), "expected a list of kinds of order")
    for section, known, needed in (("states", _OF_STATES, ("light",)), ("moves", _OF_MOVES, _NEEDED)):
        entries = content[section]
        if not isinstance(entries, dict) or not entries:
            yield Problem((section,), "expected names with what they are")
            continue
        for name, spec in entries.items():
            place, one = (section, str(name)), section[:-1]
            if not isinstance(spec, dict):
                yield Problem(place, f"{one} {name}: expected keys and values")
                continue
            for key in spec.keys() - known:
                yield Problem((*place, str(key)), f"{one} {name}: there is no `{key}`")
            for key in needed:
                if not spec.get(key):
                    yield Problem(place, f"{one} {name}: `{key}` is missing")
            for key in ("who", "kinds", "with"):
                if key in spec and not _is_names(spec[key]):
                    yield Problem((*place, key), f"{one} {name}: `{key}` must be a list of names")
            for key in ("final", "raises", "again"):
                if not isinstance(spec.get(key, True), bool):
                    yield Problem((*place, key), f"{one} {name}: `{key}` must be true or false")


def _names(
    content: dict[str, Any], responses: Mapping[str, Any], actors: tuple[str, ...]
) -> Iterator[Problem]:
    states = content["states"]
    for name, spec in states.items():
        yield from _known(("states", name, "light"), f"state {name}", "light", spec["light"], LIGHTS)
        yield from _known(("states", name, "clock"), f"state {name}", "clock", spec.get("clock"), ("paused",))
    for name, spec in content["moves"].items():
        place, what = ("moves", name), f"move {name}"
        if spec["from"] != "all open":
            yield from _known((*place, "from"), what, "state", spec["from"], ("new", *states))
        yield from _known((*place, "to"), what, "state", spec["to"], ("same", *states))
        yield from _known((*place, "who"), what, "actor", spec["who"], actors)
        yield from _known((*place, "kinds"), what, "kind", spec.get("kinds"), content["kinds"])
        yield from _known((*place, "reason"), what, "sort of reason", spec.get("reason"), REASONS)
        yield from _known((*place, "tells"), what, "response", spec.get("tells"), responses)
        if spec["from"] == "new" and spec["to"] == "same":
            yield Problem((*place, "to"), f"{what}: a new order needs a state")
        told = "{reason}" in str(responses.get(spec.get("tells") or "", ""))
        if told != (spec.get("reason") == "told"):
            words = "the response must contain {reason} exactly where the reason is told"
            yield Problem((*place, "reason" if "reason" in spec else "tells"), f"{what}: {words}")


def _known(
    place: tuple[str, ...], what: str, sort: str, value: Any, known: Iterable[str]
) -> Iterator[Problem]:
    for one in value if isinstance(value, list) else [value]:
        if one is not None and one not in known:
            yield Problem(place, f"{what}: there is no {sort} {one}")


def _ways(
    content: dict[str, Any], _responses: Mapping[str, Any], _actors: tuple[str, ...]
) -> Iterator[Problem]:
    states, moves = content["states"], content["moves"]
    final = {name for name, spec in states.items() if spec.get("final")}
    steps: dict[str, set[tuple[str, str]]] = {kind: set() for kind in content["kinds"]}
    for name, spec in moves.items():
        for source in _sources(spec, states, final):
            if source in final and spec["to"] != "same" and not spec.get("again"):
                yield Problem(("moves", name, "from"), f"move {name}: leads out of {source}, which is final")
            for kind in spec.get("kinds") or content["kinds"]:
                steps[kind].add((source, source if spec["to"] == "same" else spec["to"]))
    reached = {kind: _reach({"new"}, edges) for kind, edges in steps.items()}
    for name in states:
        if not any(name in found for found in reached.values()):
            yield Problem(("states", name), f"state {name}: no move leads there")
    for kind, edges in steps.items():
        ends = _reach(final, {(after, before) for before, after in edges})
        for name in states:
            if name in reached[kind] - ends:
                yield Problem(("states", name), f"state {name}: a dead end for {kind}, and not final")
    for name, spec in moves.items():
        kinds = spec.get("kinds") or content["kinds"]
        if not any(set(_sources(spec, states, final)) & reached[kind] for kind in kinds):
            yield Problem(("moves", name), f"move {name}: no order of its kinds comes to where it starts")


def _sources(spec: dict[str, Any], states: dict[str, Any], final: set[str]) -> list[str]:
    if spec["from"] == "all open":
        return [name for name in states if name not in final]
    return spec["from"] if isinstance(spec["from"], list) else [spec["from"]]


def _reach(begin: set[str], edges: set[tuple[str, str]]) -> set[str]:
    """The states that can be come to from where we begin."""
    found = set(begin)
    while new := {after for before, after in edges if before in found} - found:
        found |= new
    return found


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(name, str) for name in value)
