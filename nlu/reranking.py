"""Which of the nearest questions means the same, learned from entries that word theirs in several ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from nlu.lexical import Lexical, bare, is_whole
from nlu.model_file import Arrays

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

KNOWN = 1500
"""So many of the commonest characters (or words) have a weight of their own."""
_RARE = 10.0
_SIGNS = 12


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question (its row), the rows of others near it, and which of those stand for the same entry."""

    asked: int
    others: Rows
    cosines: Floats
    same: NDArray[np.bool_]


class Likeness:
    """What two questions share and lack, in numbers, over an index of questions."""

    def __init__(self, lexical: Lexical) -> None:
        self.lexical = lexical
        frequency = np.diff(lexical.pointers)
        size = len(lexical.lengths)
        self.idf = np.log(1 + (size - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        self.unknown = float(np.log(1 + size))
        self.whole = np.array([is_whole(gram) for gram in lexical.index], dtype=bool)
        self._sums = [self.sums(np.where(kind, self.idf, 0)) for kind in (self.whole, ~self.whole)]

    def sums(self, weights: Floats) -> Floats:
        """For every question the sum of its grams' weights."""
        gram = np.repeat(weights, np.diff(self.lexical.pointers))
        size = len(self.lexical.lengths)
        return np.bincount(self.lexical.rows, gram * self.lexical.counts, size).astype(np.float32)

    def shared(self, asked: Sequence[str], rows: Rows) -> tuple[Rows, Floats, Floats, Floats]:
        """The known grams of a question, how often it has each, how often the rows have it too.

        Last what its unknown grams weigh: whole ones, parts.
        """
        found: dict[int, int] = {}
        unknown = np.zeros(2, dtype=np.float32)
        for gram, n in Counter(asked).items():
            i = self.lexical.index.get(gram)
            if i is None:
                unknown[0 if is_whole(gram) else 1] += n * self.unknown
            else:
                found[i] = n
        known = np.array(list(found), dtype=np.int64)
        mine = np.array(list(found.values()), dtype=np.float32)
        both = np.minimum(self.lexical.counted(known, rows), mine[:, None])
        return known, mine, both, unknown

    def signs(
        self,
        text: str,
        others: Sequence[str],
        cosines: Floats,
        rows: Rows,
        shared: tuple[Rows, Floats, Floats, Floats],
    ) -> Floats:
        """How alike a question and each of the others (with their rows) are, in twelve numbers."""
        known, mine, both, unknown = shared
        signs = np.empty((len(rows), _SIGNS), dtype=np.float32)
        signs[:, 0] = cosines
        for i, kind in enumerate((self.whole[known], ~self.whole[known])):
            weights = self.idf[known] * kind
            all_mine, all_its, common = weights @ mine + unknown[i], self._sums[i][rows], weights @ both
            signs[:, 1 + 5 * i] = common / (all_mine + 1e-6)
            signs[:, 2 + 5 * i] = common / (all_its + 1e-6)
            signs[:, 3 + 5 * i] = common / (all_mine + all_its - common + 1e-6)
            signs[:, 4 + 5 * i] = (all_mine - common) / _RARE
            signs[:, 5 + 5 * i] = (all_its - common) / _RARE
        signs[:, 11] = cdist([bare(text)], [bare(other) for other in others], scorer=fuzz.ratio)[0] / 100
        return signs


class Ranker:
    """Signs of likeness and common differences, each with its weight: log-odds of meaning the same."""

    def __init__(self, likeness: Likeness, learned: Arrays) -> None:
        self._likeness = likeness
        self._signs = learned["signs"]
        self._missing = np.zeros(len(likeness.idf), dtype=np.float32)
        self._added = np.zeros(len(likeness.idf), dtype=np.float32)
        for place, gram in enumerate(learned["grams"].tobytes().decode().split("\0")):
            i = likeness.lexical.index.get(gram)
            if i is not None:
                self._missing[i], self._added[i] = learned["differences"][:, place]
        self._all_added = likeness.sums(self._added)

    def score(
        self, text: str, asked: Sequence[str], others: Sequence[str], cosines: Floats, rows: Rows
    ) -> Floats:
        """How likely each of the other questions means the same as the one asked; only their order counts."""
        shared = self._likeness.shared(asked, rows)
        known, mine, both, _ = shared
        signs = self._likeness.signs(text, others, cosines, rows, shared)
        missing = self._missing[known] @ (mine[:, None] - both)
        added = self._all_added[rows] - self._added[known] @ both
        return np.asarray(signs @ self._signs + missing + added, dtype=np.float32)


def learn(
    likeness: Likeness, texts: Sequence[str], parts: Sequence[Sequence[str]], lessons: Sequence[Lesson]
) -> Arrays:
    """The weights under which the right candidates come first (listwise logistic regression).

    `texts` (with their grams, `parts`) are all questions, by row.
    """
    from scipy.optimize import minimize

    taught = [lesson for lesson in lessons if lesson.same.any()]
    dense = np.concatenate([_signs(likeness, texts, parts, one) for one in taught]).astype(np.float64)
    spread = dense.std(axis=0) + 1e-6
    dense /= spread
    common, sparse = _differences(likeness, taught)
    turned = sparse.T.tocsr()
    same = np.concatenate([one.same for one in taught])
    sizes = np.array([len(one.same) for one in taught])
    starts = np.cumsum(sizes) - sizes
    penalties = np.concatenate([np.full(_SIGNS, 1e-3), np.full(2 * len(common), 3e-4)])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = dense @ weights[:_SIGNS] + sparse @ weights[_SIGNS:]
        odds = np.exp(scores - np.repeat(np.maximum.reduceat(scores, starts), sizes))
        whole, right = np.add.reduceat(odds, starts), np.add.reduceat(odds * same, starts).clip(1e-12)
        wrong = (odds / np.repeat(whole, sizes) - odds * same / np.repeat(right, sizes)) / len(taught)
        slope = np.concatenate([wrong @ dense, turned @ wrong]) + 2 * penalties * weights
        return float(-np.log(right / whole).mean() + penalties @ weights**2), slope

    start = np.zeros(_SIGNS + 2 * len(common))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 150}).x.astype(np.float32)
    grams = list(likeness.lexical.index)
    return {
        "grams": np.frombuffer("\0".join(grams[i] for i in common).encode(), dtype=np.uint8),
        "signs": (found[:_SIGNS] / spread).astype(np.float32),
        "differences": found[_SIGNS:].reshape(2, -1),
    }


def _signs(likeness: Likeness, texts: Sequence[str], parts: Sequence[Sequence[str]], one: Lesson) -> Floats:
    """The signs of likeness of a lesson's question with each of the others."""
    others = [texts[row] for row in one.others]
    shared = likeness.shared(parts[one.asked], one.others)
    return likeness.signs(texts[one.asked], others, one.cosines, one.others, shared)


def _differences(likeness: Likeness, lessons: Sequence[Lesson]) -> tuple[Rows, Any]:
    """The commonest whole grams; for each comparison which of them the other lacks, and which it adds."""
    from scipy.sparse import csc_matrix, hstack

    lexical = likeness.lexical
    shape = (len(lexical.lengths), len(lexical.index))
    counts = csc_matrix((lexical.counts.astype(np.float32), lexical.rows, lexical.pointers), shape=shape)
    frequency = np.diff(lexical.pointers) * likeness.whole
    common = np.argsort(-frequency, kind="stable")[:KNOWN]
    common = common[frequency[common] > 0]
    chosen = counts[:, common].tocsr()
    asked = np.repeat([one.asked for one in lessons], [len(one.others) for one in lessons])
    unlike = chosen[asked] - chosen[np.concatenate([one.others for one in lessons])]
    return common, hstack([unlike.maximum(0), (-unlike).maximum(0)]).tocsr()
