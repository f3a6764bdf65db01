"""Sentences as weighted character n-grams, in plain Python and NumPy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]


def ngrams(text: str, low: int = 1, high: int = 4) -> list[str]:
    """The runs of `low` to `high` characters of the text between its edges, marked by spaces."""
    padded = f" {text} "
    size = len(padded)
    return [padded[i : i + n] for n in range(low, high + 1) for i in range(size - n + 1)]


@dataclass(frozen=True)
class Vocabulary:
    """The n-grams that count and how much (inverse document frequency)."""

    index: dict[str, int]
    idf: Floats

    @classmethod
    def learn(cls, texts: Iterable[str], at_least: int = 2) -> Vocabulary:
        """The n-grams found in at least so many of the texts."""
        frequency: Counter[str] = Counter()
        total = 0
        for text in texts:
            total += 1
            frequency.update(set(ngrams(text)))
        kept = sorted(gram for gram, count in frequency.items() if count >= at_least)
        counts = np.array([frequency[gram] for gram in kept], dtype=np.float32)
        idf = np.log((1 + total) / (1 + counts)) + 1
        return cls({gram: i for i, gram in enumerate(kept)}, idf.astype(np.float32))

    def weigh(self, text: str) -> tuple[Indices, Floats, float]:
        """The text's n-grams as (indices, weights of unit length, share of its n-grams that are known)."""
        grams = ngrams(text)
        found: dict[int, int] = {}
        get = self.index.get
        known = 0
        for gram in grams:
            i = get(gram)
            if i is not None:
                known += 1
                found[i] = found.get(i, 0) + 1
        if not found:
            return np.empty(0, np.int32), np.empty(0, np.float32), 0.0
        at = np.fromiter(found.keys(), np.int32, len(found))
        weights = np.fromiter(found.values(), np.float32, len(found))
        weights = (1 + np.log(weights)) * self.idf[at]
        weights /= np.sqrt(weights @ weights)
        return at, weights.astype(np.float32), known / len(grams)

    def dump(self) -> NDArray[np.uint8]:
        """The n-grams as bytes, for a model file."""
        return np.frombuffer("\x00".join(self.index).encode("utf-8"), dtype=np.uint8)

    @classmethod
    def restore(cls, dumped: NDArray[np.uint8], idf: Floats) -> Vocabulary:
        """The vocabulary that `dump` wrote."""
        grams = dumped.tobytes().decode("utf-8").split("\x00")
        return cls({gram: i for i, gram in enumerate(grams)}, idf)


def stack(rows: Sequence[tuple[Indices, Floats, float]]) -> tuple[Floats, Indices, Indices]:
    """Weighed texts as the data, indices and row pointers of a compressed sparse row matrix."""
    pointers = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum([len(at) for at, _, _ in rows], out=pointers[1:])
    if not rows:
        return np.empty(0, np.float32), np.empty(0, np.int32), pointers
    return np.concatenate([w for _, w, _ in rows]), np.concatenate([at for at, _, _ in rows]), pointers
