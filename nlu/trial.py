"""Training on labelled sentences and measuring on others, over several random choices of examples."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from nlu.accurate import Accurate, AccurateEncoder, Vectors
from nlu.classifier import OUT_OF_SCOPE, Model
from nlu.encoder import SentenceEncoder
from nlu.evaluation import Answer, Evaluation, compare
from nlu.example import Example
from nlu.progress import Progress, silent
from nlu.training import Lesson, sample_of

_TIMED = 500
_BATCH = 64


@dataclass(frozen=True)
class Trial:
    """One seed's result; `training_seconds` include encoding the examples."""

    seed: int
    examples: int
    training_seconds: float
    evaluation: Evaluation


@dataclass(frozen=True)
class Plan:
    """What to train on and measure with; `shots` examples an intent (None: all); `outside` has no intent."""

    examples: Sequence[Example]
    sentences: Sequence[Example]
    outside: Sequence[Example] = ()
    shots: int | None = None


def trials(
    plan: Plan,
    seeds: int,
    encoder: SentenceEncoder,
    accurate: AccurateEncoder | None = None,
    told: Progress = silent,
) -> Iterator[Trial]:
    """A trial for each seed; all examples need only one."""
    for seed in range(seeds if plan.shots else 1):
        chosen = few(plan.examples, plan.shots, Random(seed))
        began = time.perf_counter()
        learner = Learner.train(chosen, encoder, accurate, told)
        seconds = time.perf_counter() - began
        outside = [replace(e, intent=OUT_OF_SCOPE) for e in plan.outside]
        yield Trial(seed, len(chosen), seconds, learner.measure([*plan.sentences, *outside]))


def few(examples: Sequence[Example], shots: int | None, random: Random) -> list[Example]:
    """`shots` random examples of each intent (all where it has fewer), or all of them."""
    if shots is None:
        return list(examples)
    by_intent: dict[str, list[Example]] = {}
    for example in examples:
        by_intent.setdefault(example.intent, []).append(example)
    return [e for mine in by_intent.values() for e in random.sample(mine, min(shots, len(mine)))]


@dataclass(frozen=True)
class Learner:
    """A classifier alone, without the rules, catalogue and short answers of the desk around it."""

    model: Model
    encoder: SentenceEncoder
    accurate: Accurate | None

    @classmethod
    def train(
        cls,
        examples: Sequence[Example],
        encoder: SentenceEncoder,
        accurate: AccurateEncoder | None,
        told: Progress = silent,
    ) -> Learner:
        """The classifier of the examples, with a second opinion where its encoder is given."""
        lesson = Lesson.prepare(examples, encoder, told)
        views = lesson.held_out(told) if lesson.enough else None
        model = lesson.learn(told, views)
        if accurate is None or views is None:
            return cls(model, encoder, None)
        return cls(model, encoder, Accurate.train(lesson, model, views, Vectors(accurate)))

    def measure(self, sentences: Sequence[Example]) -> Evaluation:
        """The figures for these sentences; the time is of single ones, up to 500 of them."""
        texts = [e.text for e in sentences]
        spent = []
        for text in texts[:: max(1, len(texts) // _TIMED)][:_TIMED]:
            began = time.perf_counter()
            self._weigh([text])
            spent.append((time.perf_counter() - began) * 1000)
        parts = [self._weigh(texts[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)]
        fused = np.concatenate([logs for logs, _ in parts])
        odds = np.concatenate([scope for _, scope in parts])
        if self.model.has_outside:
            fused = fused[:, :-1]
        best = fused.argmax(axis=1)
        answers = [
            Answer(e.text, e.intent, self.model.classes[i], float(np.exp(row[i])), float(scope))
            for e, i, row, scope in zip(sentences, best, fused, odds, strict=True)
        ]
        return compare(answers, spent, [bool(scope < 0) for scope in odds])

    def _weigh(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        sample = sample_of(texts, self.encoder)
        return self.accurate.weigh(self.model, sample) if self.accurate else self.model.weigh(sample)
