"""How well a classifier does on sentences it was not trained on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nlu.classifier import OUT_OF_SCOPE
from nlu.context import Context
from nlu.interpreter import Interpreter
from nlu.training_data import Example


@dataclass(frozen=True)
class Score:
    """One intent's precision and recall over `support` sentences."""

    intent: str
    precision: float
    recall: float
    support: int


@dataclass(frozen=True)
class Evaluation:
    """What came of a test; shares are 0..1, times in milliseconds a message."""

    accuracy: float
    falsely_refused: float
    out_of_scope_recall: float | None
    scores: tuple[Score, ...]
    confusions: tuple[tuple[str, str, str], ...]
    median_ms: float
    slowest_ms: float


def evaluate(interpreter: Interpreter, examples: Sequence[Example], context: Context) -> Evaluation:
    """Parse every example and compare; `accuracy` is of those in scope, `slowest_ms` is p99."""
    answers: list[str] = []
    spent: list[float] = []
    for example in examples:
        began = time.perf_counter()
        answers.append(interpreter.parse(example.text, context).intent)
        spent.append((time.perf_counter() - began) * 1000)
    pairs = [(e.intent, answer) for e, answer in zip(examples, answers, strict=True)]
    inside = [(wanted, got) for wanted, got in pairs if wanted != OUT_OF_SCOPE]
    outside = [got for wanted, got in pairs if wanted == OUT_OF_SCOPE]
    return Evaluation(
        accuracy=_share(wanted == got for wanted, got in inside),
        falsely_refused=_share(got == OUT_OF_SCOPE for _, got in inside),
        out_of_scope_recall=_share(got == OUT_OF_SCOPE for got in outside) if outside else None,
        scores=_scores(pairs),
        confusions=tuple(
            (e.text, wanted, got) for e, (wanted, got) in zip(examples, pairs, strict=True) if wanted != got
        ),
        median_ms=float(np.median(spent)) if spent else 0.0,
        slowest_ms=float(np.percentile(spent, 99)) if spent else 0.0,
    )


def _scores(pairs: Sequence[tuple[str, str]]) -> tuple[Score, ...]:
    wanted, got = Counter(w for w, _ in pairs), Counter(g for _, g in pairs)
    right = Counter(w for w, g in pairs if w == g)
    return tuple(
        Score(i, right[i] / got[i] if got[i] else 0.0, right[i] / wanted[i], wanted[i])
        for i in sorted(wanted)
    )


def _share(hits: Iterable[bool]) -> float:
    values = list(hits)
    return sum(values) / len(values) if values else 0.0
