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

Floats = NDArray[np.float32]

OUT_OF_SCOPE = "out_of_scope"
FORMAT = 2
"""Goes up when the meaning of the stored arrays changes."""

DENSE_SHARE, SPARSE_SHARE, NEIGHBOUR_SHARE = 0.55, 0.45, 0.3
"""What each branch's log-probabilities weigh in the sum."""
_NEIGHBOUR_SHARPNESS = 15.0
SIGNS = ("log_odds", "energy_dense", "energy_sparse", "nearest", "nearest_outside", "known", "margin")


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
    """What the branches together say of some texts: log-probabilities, and the `SIGNS` of being in scope."""

    fused: Floats
    signs: Floats


@dataclass(frozen=True)
class Scope:
    """A logistic model over the `SIGNS`: the calibrated sense of what the desk does."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    def believe(self, signs: Floats) -> Floats:
        """The belief, 0..1, that each text is something the desk does."""
        z = (signs - self.mean) / self.scale @ self.weights + self.bias
        return np.asarray(1 / (1 + np.exp(-z.clip(-30, 30))), dtype=np.float32)


@dataclass(frozen=True)
class Model:
    """The arrays of a trained classifier; `classes` ends with out_of_scope where that was trained.

    `neighbours` are the examples' centred vectors, `labels` their classes; `sharpness` calibrates the
    confidence.
    """

    classes: tuple[str, ...]
    vocabulary: Vocabulary
    centre: Floats
    dense: Floats
    dense_bias: Floats
    sparse: Floats
    sparse_bias: Floats
    neighbours: Floats
    labels: NDArray[np.int64]
    sharpness: float
    scope: Scope

    @property
    def has_outside(self) -> bool:
        """Whether out of scope was among the trained classes."""
        return self.classes[-1] == OUT_OF_SCOPE

    def opinion(self, sample: Sample) -> Opinion:
        """What the branches say of the texts."""
        points = centred(sample.vectors, self.centre)
        dense = np.hstack([points, sample.cues]) @ self.dense + self.dense_bias
        sparse = np.empty_like(dense)
        known = np.empty(len(sample.texts), dtype=np.float32)
        for i, text in enumerate(sample.texts):
            at, weights, known[i] = self.vocabulary.weigh(text)
            sparse[i] = weights @ self.sparse[at] + self.sparse_bias
        near = points @ self.neighbours.T
        fused = (
            DENSE_SHARE * log_softmax(dense)
            + SPARSE_SHARE * log_softmax(sparse)
            + NEIGHBOUR_SHARE * self._by_neighbours(near)
        )
        fused = log_softmax(fused)
        return Opinion(log_softmax(self.sharpness * fused), self._signs(fused, dense, sparse, near, known))

    def _by_neighbours(self, near: Floats) -> Floats:
        """Log-probabilities from the examples nearby, large intents damped."""
        votes = np.exp(_NEIGHBOUR_SHARPNESS * near) @ self._membership
        return np.asarray(np.log(votes / votes.sum(axis=1, keepdims=True) + 1e-6))

    @cached_property
    def _membership(self) -> Floats:
        """A row an example, a column a class: 1 over the root of the class's size where it belongs."""
        membership = np.zeros((len(self.labels), len(self.classes)), dtype=np.float32)
        membership[np.arange(len(self.labels)), self.labels] = 1
        return np.asarray(membership / np.sqrt(membership.sum(axis=0)).clip(1))

    @cached_property
    def _foreign(self) -> NDArray[np.bool_]:
        """Which examples are out of scope."""
        return np.asarray(self.labels == (len(self.classes) - 1 if self.has_outside else -1))

    def _signs(self, fused: Floats, dense: Floats, sparse: Floats, near: Floats, known: Floats) -> Floats:
        inside = slice(0, len(self.classes) - self.has_outside)
        best = np.exp(fused[:, inside]).sum(axis=1).clip(1e-6, 1 - 1e-6)
        two = -np.partition(-dense[:, inside], 1, axis=1)[:, :2]
        columns = (
            np.log(best / (1 - best)),
            _energy(dense[:, inside]),
            _energy(sparse[:, inside]),
            np.where(self._foreign, -1, near).max(axis=1),
            np.where(self._foreign, near, -1).max(axis=1),
            known,
            two[:, 0] - two[:, 1],
        )
        return np.stack(columns, axis=1).astype(np.float32)

    def judge(self, sample: Sample) -> list[Verdict]:
        """A verdict for each text."""
        if not sample.texts:
            return []
        view = self.opinion(sample)
        scope = self.scope.believe(view.signs)
        probabilities = np.exp(view.fused)
        if self.has_outside:
            probabilities[:, :-1] *= (scope / probabilities[:, :-1].sum(axis=1).clip(1e-9))[:, None]
            probabilities[:, -1] = 1 - scope
        order = np.argsort(-probabilities, axis=1)
        return [
            Verdict(tuple((self.classes[j], round(float(p[j]), 4)) for j in best), round(float(s), 4))
            for p, best, s in zip(probabilities, order, scope, strict=True)
        ]

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
            "neighbours": self.neighbours.astype(np.float16),
            "labels": self.labels,
            "calibration": np.array([self.sharpness, self.scope.bias], dtype=np.float32),
            "scope": np.stack([self.scope.mean, self.scope.scale, self.scope.weights]),
        }

    @classmethod
    def restore(cls, arrays: Arrays) -> Model:
        """The model that `arrays` described; KeyError or ValueError when it is of another kind."""
        sharpness, bias = (float(x) for x in arrays["calibration"])
        mean, scale, weights = arrays["scope"]
        return cls(
            tuple(str(name) for name in arrays["classes"]),
            Vocabulary.restore(arrays["grams"], arrays["idf"]),
            arrays["centre"],
            arrays["dense"],
            arrays["dense_bias"],
            arrays["sparse"],
            arrays["sparse_bias"],
            arrays["neighbours"].astype(np.float32),
            arrays["labels"],
            sharpness,
            Scope(mean, scale, weights, bias),
        )


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Vectors seen from the middle of the examples, of unit length."""
    moved = vectors - centre
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True).clip(1e-6))


def _energy(scores: Floats) -> Floats:
    top = scores.max(axis=1)
    return np.asarray(top + np.log(np.exp(scores - top[:, None]).sum(axis=1)))
