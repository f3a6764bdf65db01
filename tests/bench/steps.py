"""Where the time of a turn goes, by the desk's own counters while one customer writes at a time."""

from __future__ import annotations

import re
from random import Random

from tests.bench.contenders import Contender
from tests.bench.report import table

_STEP = re.compile(r'^baoxiu_step_seconds_total\{step="(\w+)"\} (\S+)$', re.MULTILINE)
NAMES = ("understand", "transaction", "turn", "dialogue", "outbox", "send")


async def table_of(contender: Contender, turns: int) -> list[tuple[str, str, str]]:
    """Milliseconds a turn by step, and what each step is."""
    before = _counted(contender)
    seen = await contender.one_by_one(turns, Random(11))
    after = _counted(contender)
    spent = {name: (after.get(name, 0.0) - before.get(name, 0.0)) / len(seen) * 1000 for name in NAMES}
    whole = sum(turn.replied for turn in seen) / len(seen) * 1000
    answered = sum(turn.answered for turn in seen) / len(seen) * 1000
    rows = [
        (
            "classify",
            spent["understand"],
            "the words through encoder and classifier, with the way to their thread",
        ),
        (
            "dialogue",
            spent["dialogue"],
            "rules, form, knowledge base, order, words; the statements it asks for",
        ),
        ("store", spent["turn"] - spent["dialogue"], "conversation, message, replies and outbox rows"),
        ("commit", spent["transaction"] - spent["turn"], "the way to the writer's thread, and the disk"),
        (
            "HTTP, parsing",
            answered - spent["understand"] - spent["transaction"],
            "request, update, cleaning, log",
        ),
        (
            "outbox, send",
            whole - answered,
            f"claim with its commit, and the send ({spent['send']:.1f}) until the stub",
        ),
        ("whole turn", whole, "from the customer's request to the reply at the stub"),
    ]
    return [(name, f"{value:.2f}", meaning) for name, value, meaning in rows]


async def table_text(contender: Contender, turns: int) -> str:
    """The same as text."""
    rows = await table_of(contender, turns)
    return "\nWhere an idle turn's time goes (means):" + table(("step", "ms", ""), rows)


def _counted(contender: Contender) -> dict[str, float]:
    return {name: float(value) for name, value in _STEP.findall(contender.server.get("/metrics"))}
