"""A second opinion: the slower, more accurate encoder, asked where the first is unsure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nlu import scope
from nlu.classifier import Opinion, Spans, by_neighbours, centred, cosines, log_odds, nearest, spans
from nlu.model_file import Arrays
from nlu.regression import fit, log_softmax, shares
from nlu.scope import SECOND_SIGNS, SIGNS, Scope, energy

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]

STRENGTH = 25.0
ITERATIONS = 70
UNSURE = 0.8
"""A first opinion less sure than this, of the intent or of being in scope at all, is worth a second one."""


@dataclass(frozen=True)
class Branch:
    """A classifier over the second encoder's vectors: linear, and by the examples nearby."""

    centre: Floats
    weights: Floats
    bias: Floats
    neighbours: Floats
    labels: Labels
    outside: int

    @classmethod
    def learn(cls, vectors: Floats, labels: Labels, classes: int, outside: int) -> Branch:
        """The branch for some examples' vectors (a row an example)."""
        centre = vectors.mean(axis=0)
        points = centred(vectors, centre)
        weights, bias = fit(points, labels, classes, STRENGTH, ITERATIONS)
        order = np.argsort(labels, kind="stable")
        return cls(centre, weights, bias, np.ascontiguousarray(points[order].T), labels[order], outside)

    def look(self, first: Opinion, vectors: Floats) -> tuple[Floats, Floats]:
        """Log-probabilities (first opinion, linear, nearby; × texts × classes), and all signs."""
        points = centred(vectors, self.centre)
        scores = points @ self.weights + self.bias
        near = cosines(points, self.neighbours)
        logs = np.stack([first.fused, log_softmax(scores), by_neighbours(near, self._spans)])
        inside = slice(0, scores.shape[1] - (self.outside >= 0))
        signs = (
            log_odds(logs[1], inside),
            energy(scores[:, inside]),
            *nearest(near, self._inside),
        )
        return logs, np.hstack([first.signs, np.stack(signs, axis=1).astype(np.float32)])

    @cached_property
    def _spans(self) -> Spans:
        return spans(self.labels)

    @cached_property
    def _inside(self) -> int:
        """How many examples are in scope; they come first."""
        return int(np.searchsorted(self.labels, self.outside)) if self.outside >= 0 else len(self.labels)


@dataclass(frozen=True)
class SecondOpinion:
    """The second branch with what it weighs beside the first opinion, and the sense of scope of both."""

    branch: Branch
    shares: Floats
    scope: Scope

    @classmethod
    def learn(
        cls,
        vectors: Floats,
        labels: Labels,
        classes: int,
        outside: int,
        folds: tuple[Labels, ...],
        first: Opinion,
    ) -> SecondOpinion:
        """From the examples' vectors, and the first opinion of the held-out ones in the order of `folds`."""
        logs, signs, start = [], [], 0
        for fold in folds:
            rest = np.setdiff1d(np.arange(len(labels)), fold)
            other = Branch.learn(vectors[rest], labels[rest], classes, outside)
            seen = first.some(np.arange(start, start + len(fold)))
            start += len(fold)
            view = other.look(seen, vectors[fold])
            logs.append(view[0])
            signs.append(view[1])
        held = labels[np.concatenate(folds)]
        inside = held != outside
        together = np.concatenate(logs, axis=1)
        return cls(
            Branch.learn(vectors, labels, classes, outside),
            shares(list(together[:, inside]), held[inside]),
            scope.learn(np.concatenate(signs), inside, (*SIGNS, *SECOND_SIGNS)),
        )

    def reconsider(self, first: Opinion, vectors: Floats) -> tuple[Floats, Floats]:
        """Log-probabilities of the classes and the log-odds of being in scope, by both encoders."""
        logs, signs = self.branch.look(first, vectors)
        return log_softmax(np.tensordot(self.shares, logs, axes=1)), self.scope.score(signs)

    def arrays(self) -> Arrays:
        """The opinion as plain arrays for a model file."""
        one = self.branch
        return {
            "centre": one.centre,
            "weights": one.weights,
            "bias": one.bias,
            "neighbours": one.neighbours.astype(np.float16),
            "labels": one.labels,
            "outside": np.array(one.outside),
            "shares": self.shares,
            "scope": self.scope.array(),
        }

    @classmethod
    def restore(cls, arrays: Arrays) -> SecondOpinion:
        """The opinion that `arrays` described; KeyError or ValueError when it is of another kind."""
        branch = Branch(
            arrays["centre"],
            arrays["weights"],
            arrays["bias"],
            arrays["neighbours"].astype(np.float32),
            arrays["labels"],
            int(arrays["outside"]),
        )
        return cls(branch, arrays["shares"], Scope.restore(arrays["scope"]))
