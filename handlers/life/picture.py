"""The picture of an order's life, drawn from the table of moves for the docs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from handlers.life.table import NEW, Life, Move
from handlers.life.words import word

HEAD = """# The life of a service order

Drawn from [`handlers/life/life.yml`](../handlers/life/life.yml) by `python -m bot orders life`; not edited by
hand. Every move is recorded with who, when and why; any other is refused with a reason. Escalation is a level
beside the state (1 supervisor, 2 manager); reopening begins the next round."""
STATES = ("state", "中文", "customers see", "promises")
MOVES = ("move", "中文", "from", "to", "who may", "reason", "kinds", "the customer is told")
MANY = 4
"""A move from more states of the group than this is drawn as one arrow from the group."""


def page(life: Life) -> str:
    """The Markdown page: a diagram, the states, the moves."""
    parts = (
        HEAD,
        "```mermaid\n" + "\n".join(_diagram(life)) + "\n```",
        "## States",
        _table(STATES, _states(life)),
        "## Moves",
        _table(MOVES, (_move(move, life) for move in life.moves.values())),
    )
    return "\n\n".join(parts) + "\n"


def _diagram(life: Life) -> Iterator[str]:
    """Moves that change the state; those between the same two states share an arrow."""
    group = _in_work(life)
    arrows: dict[tuple[str, str], list[str]] = {}
    for source, move, target in life.edges():
        whole = source in group and len(group & set(move.sources)) > MANY
        names = arrows.setdefault(("in_work" if whole else source, target), [])
        if source != target and move.name not in names:
            names.append(move.name)
    drawn = {ends: ", ".join(names) for ends, names in arrows.items() if names}
    yield "stateDiagram-v2"
    yield "    state in_work {"
    for (source, target), told in drawn.items():
        if {source, target} <= group:
            yield f"        {source} --> {target}: {told}"
    yield "    }"
    for (source, target), told in drawn.items():
        if not {source, target} <= group:
            yield f"    {'[*]' if source == NEW else source} --> {target}: {told}"
    for name, state in life.states.items():
        if state.final:
            yield f"    {name} --> [*]"


def _in_work(life: Life) -> set[str]:
    """The states with somebody at work: most of those that one move ends."""
    ending = (
        set(move.sources) for move in life.moves.values() if move.target and life.states[move.target].final
    )
    return max(ending, key=len)


def _table(head: Sequence[str], rows: Iterable[str]) -> str:
    return "\n".join((f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows))


def _states(life: Life) -> Iterator[str]:
    for name, state in life.states.items():
        light = f"{word('light', state.light, 'en')} {state.light.replace('_', ' ')}"
        promises = "over" if state.final else "paused" if state.paused else "run"
        yield f"| `{name}` | {word('status', name, 'zh')} | {light} | {promises} |"


def _move(move: Move, life: Life) -> str:
    open_states = tuple(name for name, state in life.states.items() if not state.final)
    sources = "every open state" if move.sources == open_states else ", ".join(move.sources)
    effects = {"raises": " (one level higher)", "again": " (next round)"}
    target = (move.target or "the same") + "".join(
        words for name, words in effects.items() if getattr(move, name)
    )
    kinds = "all" if move.kinds == life.kinds else ", ".join(move.kinds)
    cells = (
        f"`{move.name}`", word("move", move.name, "zh"), sources, target, ", ".join(move.who),
        move.reason or "–", kinds, f"`{move.tells}`" if move.tells else "–",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"
