"""Groups of questions that ask the same: by sentence vectors, and by the characters or words they share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlu.ngrams import ngrams

ALIKE = 0.56
"""Mean nearness from which a question belongs to a group; between paraphrases and questions of one topic."""
_SHARED = 0.15


def groups(texts: Sequence[str], vectors: NDArray[np.float32]) -> list[list[int]]:
    """The texts (prepared; by their place) in groups, each in the order given; the same for the same input.

    Earlier texts found the groups that later ones join: give the most frequent first.
    """
    unit = np.asarray(vectors, dtype=np.float64)
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True).clip(1e-9)
    grams = [_grams(text) for text in texts]
    found: list[list[int]] = []
    sums: list[NDArray[np.float64]] = []
    for place in range(len(texts)):
        near = np.array([total @ unit[place] / len(g) for total, g in zip(sums, found, strict=True)])
        best, joined = ALIKE, None
        for key in np.flatnonzero(near >= ALIKE - _SHARED):
            shared = sum(_overlap(grams[place], grams[other]) for other in found[key]) / len(found[key])
            alike = float(near[key]) + _SHARED * shared
            if alike >= best and (joined is None or alike > best):
                best, joined = alike, int(key)
        if joined is None:
            found.append([place])
            sums.append(unit[place].copy())
        else:
            found[joined].append(place)
            sums[joined] += unit[place]
    return found


def _grams(text: str) -> frozenset[str]:
    return frozenset(text.split() if text.isascii() else ngrams(text, 1, 2))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    both = len(one) + len(other)
    return 2 * len(one & other) / both if both else 0.0
