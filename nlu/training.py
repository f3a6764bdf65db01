"""Making a classifier from examples: its branches, and a calibrated sense of confidence and scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from nlu import cues as cue
from nlu import scope
from nlu.classifier import OUT_OF_SCOPE, Model, Sample, centred
from nlu.context import Context
from nlu.encoder import SentenceEncoder
from nlu.entities import find_all
from nlu.example import Example
from nlu.hazards import hazard
from nlu.ngrams import Vocabulary, stack
from nlu.progress import Progress, silent
from nlu.regression import fit, shares
from nlu.text import prepare

DENSE_STRENGTH = 25.0
SPARSE_STRENGTH = 12.0
ITERATIONS = 70
QUICK_ITERATIONS = 40
SETTINGS = f"{DENSE_STRENGTH}/{SPARSE_STRENGTH}/{ITERATIONS}/{len(cue.NAMES)}"
"""Part of a model's fingerprint."""

_ANY_DAY = Context(now=datetime(2026, 1, 15, 4, 0, tzinfo=UTC))

_BATCH = 64
_AXES = 128
_MANY = 2500
"""With so many examples one held-out third is enough to calibrate by; with fewer, all three are used."""
_FEW = 25
"""With fewer examples an intent than this, its name counts as one more."""
_STEPS = (0.35, 0.25, 0.4)
"""The shares of the work: fitting, held-out models, encoding."""

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Views = tuple[Floats, Floats]
"""What held-out models say: the branches' log-probabilities, and the signs of being in scope."""


@dataclass(frozen=True)
class Lesson:
    """Examples made ready for training: the sample, the labels, and which rows are held out in turn."""

    classes: tuple[str, ...]
    sample: Sample
    labels: Labels
    folds: tuple[Labels, ...]

    @classmethod
    def prepare(
        cls, examples: Sequence[Example], encoder: SentenceEncoder, told: Progress = silent
    ) -> Lesson:
        """Encode the examples; where there are few, the intents' names stand among them."""
        names = sorted({e.intent for e in examples} - {OUT_OF_SCOPE})
        has_outside = any(e.intent == OUT_OF_SCOPE for e in examples)
        classes = (*names, OUT_OF_SCOPE) if has_outside else tuple(names)
        if len(classes) < 2:
            raise ValueError("at least two intents with examples are needed to train")
        pairs = [(e.text, e.intent) for e in examples]
        if len(pairs) < _FEW * len(names):
            pairs += [(_words(name), name) for name in names]
        number = {name: i for i, name in enumerate(classes)}
        labels = np.array([number[intent] for _, intent in pairs], dtype=np.int64)
        sample = sample_of([text for text, _ in pairs], encoder, told)
        return cls(classes, sample, labels, _folds(labels, 3 if len(labels) < _MANY else 1))

    @property
    def held(self) -> Labels:
        """The rows that are held out, in the order of the folds."""
        return np.concatenate(self.folds)

    @property
    def outside(self) -> int:
        """The class of what is out of scope, or -1."""
        return len(self.classes) - 1 if self.classes[-1] == OUT_OF_SCOPE else -1

    @property
    def enough(self) -> bool:
        """Whether there are enough examples to hold some out."""
        return len(self.labels) >= 30

    def learn(self, told: Progress = silent, views: Views | None = None) -> Model:
        """The classifier of all examples, calibrated on held-out ones (`views`, where known already)."""
        model = _fit(self.sample, self.labels, self.classes)
        told(_STEPS[0])
        if not self.enough:
            return model
        return self._calibrated(model, views or self.held_out(told))

    def held_out(self, told: Progress = silent) -> Views:
        """What models of the other examples say of each fold: branches' log-probabilities, and signs."""
        views = []
        for fold in self.folds:
            rest = np.setdiff1d(np.arange(len(self.labels)), fold)
            other = _fit(self.sample.some(rest), self.labels[rest], self.classes, QUICK_ITERATIONS)
            views.append(other.branches(self.sample.some(fold)))
            told(_STEPS[1] / len(self.folds))
        logs, signs = zip(*views, strict=True)
        return np.concatenate(logs, axis=1), np.concatenate(signs)

    def _calibrated(self, model: Model, views: Views) -> Model:
        """The model with shares and a sense of scope that suit the held-out examples."""
        logs, signs = views
        labels = self.labels[self.held]
        inside = labels != self.outside
        return replace(
            model,
            shares=shares(list(logs[:, inside]), labels[inside]),
            scope=scope.learn(signs, inside, scope.SIGNS),
        )


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", " ")


def sample_of(texts: Sequence[str], encoder: SentenceEncoder, told: Progress = silent) -> Sample:
    """The texts as the classifier takes them, with the cues that details and hazards give."""
    prepared = [prepare(text) for text in texts]
    rows, vectors = [], []
    for start in range(0, len(texts), _BATCH):
        some = slice(start, start + _BATCH)
        vectors.append(encoder.encode(prepared[some]))
        rows += [
            cue.cues(bare, find_all(text, _ANY_DAY), hazard(text) is not None)
            for bare, text in zip(prepared[some], texts[some], strict=True)
        ]
        told(_STEPS[2] * len(vectors[-1]) / len(texts))
    return Sample(prepared, np.concatenate(vectors), np.stack(rows))


def _fit(sample: Sample, labels: Labels, classes: tuple[str, ...], iterations: int = ITERATIONS) -> Model:
    from scipy.sparse import csr_matrix

    vocabulary = Vocabulary.learn(sample.texts, at_least=2 if len(labels) > 200 else 1)
    centre = sample.vectors.mean(axis=0)
    points = centred(sample.vectors, centre)
    dense, dense_bias = fit(
        np.hstack([points, sample.cues]), labels, len(classes), DENSE_STRENGTH, iterations
    )
    axes, order = _axes(points), np.argsort(labels, kind="stable")
    data, indices, pointers = stack([vocabulary.weigh(text) for text in sample.texts])
    grams = csr_matrix((data, indices, pointers), shape=(len(labels), len(vocabulary.index)))
    sparse, sparse_bias = fit(grams, labels, len(classes), SPARSE_STRENGTH, iterations)
    return Model(
        classes=classes,
        vocabulary=vocabulary,
        centre=centre,
        dense=dense,
        dense_bias=dense_bias,
        sparse=sparse,
        sparse_bias=sparse_bias,
        axes=axes,
        neighbours=np.ascontiguousarray((points @ axes)[order].T),
        labels=labels[order],
        shares=np.array([0.55, 0.45, 0.3], dtype=np.float32),
        scope=scope.untrained(scope.SIGNS),
    )


def _axes(points: Floats) -> Floats:
    """The principal axes of the points (dimensions × at most 128): enough to tell who is near, and quick."""
    _, axes = np.linalg.eigh(points.T @ points)
    return np.ascontiguousarray(axes[:, ::-1][:, :_AXES], dtype=np.float32)


def _folds(labels: Labels, count: int) -> tuple[Labels, ...]:
    """`count` of three parts, each with a third of every class, by a fixed shuffle."""
    random = np.random.default_rng(0)
    part = np.zeros(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == label))
        part[rows] = np.arange(len(rows)) % 3
    return tuple(np.flatnonzero(part == i) for i in range(count))
