"""How well a classifier does on sentences it was not trained on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.classifier import OUT_OF_SCOPE
from nlu.context import Context
from nlu.example import Example
from nlu.interpreter import Interpreter

_BINS = 15


@dataclass(frozen=True)
class Score:
    """One intent's precision and recall over `support` sentences."""

    intent: str
    precision: float
    recall: float
    support: int


@dataclass(frozen=True)
class Answer:
    """What was wanted of a sentence and what came; `scope` grows with the belief that it is in scope."""

    text: str
    wanted: str
    got: str
    confidence: float
    scope: float


@dataclass(frozen=True)
class Evaluation:
    """What came of a test; shares are 0..1, times in milliseconds a message.

    `accuracy` is of the sentences in scope; `auroc` is the chance that a sentence in scope is believed more
    than one out of scope; `calibration_error` is the mean gap between confidence and accuracy (ECE, 15 bins).
    """

    sentences: int
    accuracy: float
    falsely_refused: float
    out_of_scope_recall: float | None
    auroc: float | None
    calibration_error: float
    macro_precision: float
    macro_recall: float
    scores: tuple[Score, ...]
    confusions: tuple[tuple[str, str, str], ...]
    median_ms: float
    slowest_ms: float


def evaluate(interpreter: Interpreter, examples: Sequence[Example], context: Context) -> Evaluation:
    """Parse every example and compare; `slowest_ms` is p99."""
    answers: list[Answer] = []
    spent: list[float] = []
    for example in examples:
        began = time.perf_counter()
        found = interpreter.parse(example.text, context)
        spent.append((time.perf_counter() - began) * 1000)
        answers.append(Answer(example.text, example.intent, found.intent, found.confidence, found.in_scope))
    return compare(answers, spent)


def compare(
    answers: Sequence[Answer], spent: Sequence[float], refused: Sequence[bool] | None = None
) -> Evaluation:
    """The figures of some answers and times; `refused` says which were, where no intent stands for that."""
    turned_away = refused if refused is not None else [a.got == OUT_OF_SCOPE for a in answers]
    inside = [a for a in answers if a.wanted != OUT_OF_SCOPE]
    outside = [no for a, no in zip(answers, turned_away, strict=True) if a.wanted == OUT_OF_SCOPE]
    kept_out = [no for a, no in zip(answers, turned_away, strict=True) if a.wanted != OUT_OF_SCOPE]
    scores = _scores(inside if refused is not None else answers)
    return Evaluation(
        sentences=len(answers),
        accuracy=_share(a.wanted == a.got for a in inside),
        falsely_refused=_share(kept_out),
        out_of_scope_recall=_share(outside) if outside else None,
        auroc=_auroc(answers) if outside and inside else None,
        calibration_error=_calibration_error(inside),
        macro_precision=float(np.mean([s.precision for s in scores])) if scores else 0.0,
        macro_recall=float(np.mean([s.recall for s in scores])) if scores else 0.0,
        scores=scores,
        confusions=tuple((a.text, a.wanted, a.got) for a in answers if a.wanted != a.got),
        median_ms=float(np.median(spent)) if spent else 0.0,
        slowest_ms=float(np.percentile(spent, 99)) if spent else 0.0,
    )


def _scores(answers: Sequence[Answer]) -> tuple[Score, ...]:
    wanted, got = Counter(a.wanted for a in answers), Counter(a.got for a in answers)
    right = Counter(a.wanted for a in answers if a.wanted == a.got)
    return tuple(
        Score(i, right[i] / got[i] if got[i] else 0.0, right[i] / wanted[i], wanted[i])
        for i in sorted(wanted)
    )


def _auroc(answers: Sequence[Answer]) -> float:
    """By ranks (Mann and Whitney); ties count half."""
    from scipy.stats import rankdata

    inside: NDArray[np.bool_] = np.array([a.wanted != OUT_OF_SCOPE for a in answers])
    ranks = rankdata([a.scope for a in answers])
    n, m = int(inside.sum()), int((~inside).sum())
    return float((ranks[inside].sum() - n * (n + 1) / 2) / (n * m))


def _calibration_error(answers: Sequence[Answer]) -> float:
    """The expected calibration error over bins of equal width (Guo et al. 2017)."""
    if not answers:
        return 0.0
    confidence = np.array([a.confidence for a in answers])
    right = np.array([a.wanted == a.got for a in answers], dtype=np.float64)
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    ]
    return float(sum(gaps))


def _share(hits: Iterable[bool]) -> float:
    values = list(hits)
    return sum(values) / len(values) if values else 0.0
