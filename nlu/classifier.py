"""Which intent a text has and whether it is in scope at all: a trained model at work, NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nlu.model_file import Arrays
from nlu.ngrams import Vocabulary
from nlu.regression import log_softmax
from nlu.scope import Scope, belief, energy

Floats = NDArray[np.float32]

OUT_OF_SCOPE = "out_of_scope"
FORMAT = 6
"""Goes up when the meaning of the stored arrays changes."""

_NEIGHBOUR_SHARPNESS = 15.0
_FEW_POINTS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """Texts as the classifier takes them: prepared, with a sentence vector and a row of cues each."""

    texts: Sequence[str]
    vectors: Floats
    cues: Floats

    def some(self, rows: NDArray[np.int64]) -> Sample:
        """The chosen rows."""
        return Sample([self.texts[i] for i in rows], self.vectors[rows], self.cues[rows])


@dataclass(frozen=True, slots=True)
class Verdict:
    """The intents with their probabilities, best first, and the belief that the text is in scope."""

    ranking: tuple[tuple[str, float], ...]
    in_scope: float


@dataclass(frozen=True)
class Opinion:
    """What is said of some texts: log-probabilities of the classes, and the signs of being in scope."""

    fused: Floats
    signs: Floats

    def some(self, rows: NDArray[np.int64]) -> Opinion:
        """The chosen rows."""
        return Opinion(self.fused[rows], self.signs[rows])


@dataclass(frozen=True)
class Model:
    """The arrays of a trained classifier; `classes` ends with out_of_scope where that was trained.

    `neighbours` are the examples' centred vectors (a column each) along the `axes` on which they differ most,
    `labels` their classes, in order; `shares` say what the branches' log-probabilities (dense, sparse,
    neighbours) weigh in the sum, which also calibrates the confidence.
    """

    classes: tuple[str, ...]
    vocabulary: Vocabulary
    centre: Floats
    dense: Floats
    dense_bias: Floats
    sparse: Floats
    sparse_bias: Floats
    axes: Floats
    neighbours: Floats
    labels: NDArray[np.int64]
    shares: Floats
    scope: Scope

    @property
    def has_outside(self) -> bool:
        """Whether out of scope was among the trained classes."""
        return self.classes[-1] == OUT_OF_SCOPE

    def opinion(self, sample: Sample) -> Opinion:
        """What the branches say of the texts together."""
        logs, signs = self.branches(sample)
        return Opinion(log_softmax(np.tensordot(self.shares, logs, axes=1)), signs)

    def branches(self, sample: Sample) -> tuple[Floats, Floats]:
        """Each branch's log-probabilities (branches × texts × classes), and the signs of being in scope."""
        points = centred(sample.vectors, self.centre)
        dense = np.hstack([points, sample.cues]) @ self.dense + self.dense_bias
        sparse = np.empty_like(dense)
        known = np.empty(len(sample.texts), dtype=np.float32)
        for i, text in enumerate(sample.texts):
            at, weights, known[i] = self.vocabulary.weigh(text)
            sparse[i] = weights @ self.sparse[at] + self.sparse_bias
        near = cosines(points @ self.axes, self.neighbours)
        votes = by_neighbours(near, self._spans)
        logs = np.stack([log_softmax(dense), log_softmax(sparse), votes])
        return logs, self._signs(logs[:2].mean(axis=0), dense, sparse, near, known)

    @cached_property
    def _spans(self) -> Spans:
        return spans(self.labels)

    @cached_property
    def _inside(self) -> int:
        """How many examples are in scope; they come first."""
        return int(np.searchsorted(self.labels, len(self.classes) - self.has_outside))

    def _signs(self, logs: Floats, dense: Floats, sparse: Floats, near: Floats, known: Floats) -> Floats:
        inside = slice(0, len(self.classes) - self.has_outside)
        two = -np.partition(-dense[:, inside], 1, axis=1)[:, :2]
        columns = (
            log_odds(logs, inside),
            energy(dense[:, inside]),
            energy(sparse[:, inside]),
            *nearest(near, self._inside),
            known,
            two[:, 0] - two[:, 1],
        )
        return np.stack(columns, axis=1).astype(np.float32)

    def weigh(self, sample: Sample) -> tuple[Floats, Floats]:
        """Log-probabilities of the classes, and the log-odds of being in scope, of each text."""
        view = self.opinion(sample)
        return view.fused, self.scope.score(view.signs)

    def judge(self, sample: Sample) -> list[Verdict]:
        """A verdict for each text."""
        return verdicts(*self.weigh(sample), self.classes) if sample.texts else []

    def arrays(self) -> Arrays:
        """The model as plain arrays for a model file."""
        return {
            "classes": np.array(self.classes),
            "grams": self.vocabulary.dump(),
            "idf": self.vocabulary.idf,
            "centre": self.centre,
            "dense": self.dense,
            "dense_bias": self.dense_bias,
            "sparse": self.sparse,
            "sparse_bias": self.sparse_bias,
            "axes": self.axes,
            "neighbours": self.neighbours.astype(np.float16),
            "labels": self.labels,
            "shares": self.shares,
            "scope": self.scope.array(),
        }

    @classmethod
    def restore(cls, arrays: Arrays) -> Model:
        """The model that `arrays` described; KeyError or ValueError when it is of another kind."""
        return cls(
            tuple(str(name) for name in arrays["classes"]),
            Vocabulary.restore(arrays["grams"], arrays["idf"]),
            arrays["centre"],
            arrays["dense"],
            arrays["dense_bias"],
            arrays["sparse"],
            arrays["sparse_bias"],
            arrays["axes"],
            arrays["neighbours"].astype(np.float32),
            arrays["labels"],
            arrays["shares"],
            Scope.restore(arrays["scope"]),
        )


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Vectors seen from the middle of the examples, of unit length."""
    moved = vectors - centre
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True).clip(1e-6))


Spans = tuple[NDArray[np.intp], Floats]


def spans(labels: NDArray[np.int64]) -> Spans:
    """Where each class begins among labels sorted by class, and the root of its size; every class has one."""
    _, starts, sizes = np.unique(labels, return_index=True, return_counts=True)
    return starts, np.sqrt(sizes).astype(np.float32)


def cosines(points: Floats, columns: Floats) -> Floats:
    """The products of points (rows) and columns; a few points one by one, which is quicker."""
    if 1 < len(points) <= _FEW_POINTS:
        return np.stack([point @ columns for point in points])
    return np.asarray(points @ columns, dtype=np.float32)


def by_neighbours(near: Floats, classes: Spans) -> Floats:
    """Log-probabilities from the examples nearby, large intents damped by the root of their size.

    `near` are cosines (texts × examples sorted by class).
    """
    starts, roots = classes
    votes = np.add.reduceat(np.exp(_NEIGHBOUR_SHARPNESS * near), starts, axis=1) / roots
    return np.asarray(np.log(votes / votes.sum(axis=1, keepdims=True) + 1e-6), dtype=np.float32)


def nearest(near: Floats, inside: int) -> tuple[Floats, Floats]:
    """The cosine of the nearest example in scope (they come first), and of the nearest one out of scope."""
    return near[:, :inside].max(axis=1), near[:, inside:].max(axis=1, initial=-1)


def log_odds(logs: Floats, inside: slice) -> Floats:
    """The log-odds that the summed probability of the classes `inside` gives."""
    best = np.exp(log_softmax(logs)[:, inside]).sum(axis=1).clip(1e-6, 1 - 1e-6)
    return np.asarray(np.log(best / (1 - best)))


def verdicts(fused: Floats, odds: Floats, classes: Sequence[str]) -> list[Verdict]:
    """A verdict a row; where out of scope is a class, its probability is what the belief in scope leaves."""
    probabilities = np.exp(fused)
    scope = belief(odds)
    if classes[-1] == OUT_OF_SCOPE:
        probabilities[:, :-1] *= (scope / probabilities[:, :-1].sum(axis=1).clip(1e-9))[:, None]
        probabilities[:, -1] = 1 - scope
    order = np.argsort(-probabilities, axis=1)
    return [
        Verdict(tuple((classes[j], round(float(p[j]), 4)) for j in best), round(float(s), 4))
        for p, best, s in zip(probabilities, order, scope, strict=True)
    ]
