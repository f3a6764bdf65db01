"""Which intent a text has and whether it is in scope at all: a trained model at work, NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.encoder import Vectors
from nlu.model_file import Arrays
from nlu.ngrams import Vocabulary
from nlu.regression import log_softmax

Floats = NDArray[np.float32]

OUT_OF_SCOPE = "out_of_scope"
FORMAT = 1
"""Goes up when the meaning of the stored arrays changes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The intents with their probabilities, best first, and the belief that the text is in scope."""

    ranking: tuple[tuple[str, float], ...]
    in_scope: float


@dataclass(frozen=True)
class Branches:
    """What the two branches say of some texts: log-probabilities, and signs of being in scope.

    `signs` has the columns of `SIGNS`.
    """

    fused: Floats
    signs: Floats


SIGNS = ("log_odds", "energy_dense", "energy_sparse", "nearest", "nearest_outside", "known", "margin")


@dataclass(frozen=True)
class Model:
    """The arrays of a trained classifier; `classes` ends with out_of_scope where that was trained."""

    classes: tuple[str, ...]
    vocabulary: Vocabulary
    centre: Floats
    dense: Floats
    dense_bias: Floats
    sparse: Floats
    sparse_bias: Floats
    neighbours: Floats
    outside: NDArray[np.bool_]
    share: float
    sharpness: float
    scope_mean: Floats
    scope_scale: Floats
    scope_weights: Floats
    scope_bias: float

    def centred(self, embeddings: Vectors) -> Floats:
        """Embeddings seen from the middle of the examples, of unit length."""
        moved = embeddings - self.centre
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True).clip(1e-6))

    def branches(self, texts: Sequence[str], embeddings: Vectors) -> Branches:
        """Both branches' view of the texts."""
        points = self.centred(embeddings)
        dense = points @ self.dense + self.dense_bias
        sparse = np.empty_like(dense)
        known = np.empty(len(texts), dtype=np.float32)
        for i, text in enumerate(texts):
            at, weights, known[i] = self.vocabulary.weigh(text)
            sparse[i] = weights @ self.sparse[at] + self.sparse_bias
        fused = log_softmax(self.share * log_softmax(dense) + (1 - self.share) * log_softmax(sparse))
        signs = self._signs(fused, dense, sparse, points, known)
        return Branches(log_softmax(self.sharpness * fused), signs)

    def _signs(self, fused: Floats, dense: Floats, sparse: Floats, points: Floats, known: Floats) -> Floats:
        inside = slice(0, len(self.classes) - 1) if self.classes[-1] == OUT_OF_SCOPE else slice(None)
        near = points @ self.neighbours.T
        nearest = np.where(self.outside, -1, near).max(axis=1)
        outside = np.where(self.outside, near, -1).max(axis=1)
        best = np.exp(fused[:, inside]).sum(axis=1).clip(1e-6, 1 - 1e-6)
        two = -np.partition(-dense[:, inside], 1, axis=1)[:, :2]
        columns = (
            np.log(best / (1 - best)),
            _energy(dense[:, inside]),
            _energy(sparse[:, inside]),
            nearest,
            outside,
            known,
            two[:, 0] - two[:, 1],
        )
        return np.stack(columns, axis=1).astype(np.float32)

    def in_scope(self, signs: Floats) -> Floats:
        """The calibrated belief, 0..1, that each text is something the desk does."""
        z = (signs - self.scope_mean) / self.scope_scale @ self.scope_weights + self.scope_bias
        return np.asarray(1 / (1 + np.exp(-z.clip(-30, 30))), dtype=np.float32)

    def judge(self, texts: Sequence[str], embeddings: Vectors) -> list[Verdict]:
        """A verdict for each text (prepared by `text.prepare`, with its embedding)."""
        if not texts:
            return []
        view = self.branches(texts, embeddings)
        scope = self.in_scope(view.signs)
        probabilities = np.exp(view.fused)
        if self.classes[-1] == OUT_OF_SCOPE:
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
            "outside": self.outside,
            "fusion": np.array([self.share, self.sharpness, self.scope_bias], dtype=np.float32),
            "scope": np.stack([self.scope_mean, self.scope_scale, self.scope_weights]),
        }

    @classmethod
    def restore(cls, arrays: Arrays) -> Model:
        """The model that `arrays` described; KeyError when it is of another kind."""
        share, sharpness, bias = (float(x) for x in arrays["fusion"])
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
            arrays["outside"],
            share,
            sharpness,
            mean,
            scale,
            weights,
            bias,
        )


def _energy(scores: Floats) -> Floats:
    top = scores.max(axis=1)
    return np.asarray(top + np.log(np.exp(scores - top[:, None]).sum(axis=1)))
