"""Finding the nearest of many short texts: BM25 over character n-grams plus the cosine of sentence vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.encoder import Vectors
from nlu.ngrams import ngrams

Floats = NDArray[np.float32]

_K1, _B = 1.2, 0.4


@dataclass(frozen=True)
class Lexical:
    """BM25 over the characters and their pairs and triples, as inverted lists."""

    index: dict[str, int]
    pointers: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: Floats
    count: int

    @classmethod
    def build(cls, texts: Sequence[str]) -> Lexical:
        """An index of the texts (prepared)."""
        counted = [Counter(_grams(text)) for text in texts]
        length = np.array([sum(c.values()) for c in counted] or [1], dtype=np.float32)
        mean = float(length.mean())
        frequency: Counter[str] = Counter(gram for counts in counted for gram in counts)
        index = {gram: i for i, gram in enumerate(sorted(frequency))}
        lists: list[list[tuple[int, float]]] = [[] for _ in index]
        for row, counts in enumerate(counted):
            for gram, n in counts.items():
                seen = frequency[gram]
                idf = np.log(1 + (len(texts) - seen + 0.5) / (seen + 0.5))
                weight = idf * n * (_K1 + 1) / (n + _K1 * (1 - _B + _B * length[row] / mean))
                lists[index[gram]].append((row, float(weight)))
        pointers = np.cumsum([0, *map(len, lists)])
        flat = [pair for pairs in lists for pair in pairs]
        rows = np.array([row for row, _ in flat], dtype=np.int32)
        weights = np.array([weight for _, weight in flat], dtype=np.float32)
        return cls(index, pointers, rows, weights, len(texts))

    def scores(self, text: str) -> tuple[Floats, float]:
        """The BM25 score of every text, and the most that a perfect match of the query could get."""
        total = np.zeros(self.count, dtype=np.float32)
        best = 0.0
        for gram in set(_grams(text)):
            i = self.index.get(gram)
            if i is None:
                best += 3.0
                continue
            start, end = self.pointers[i], self.pointers[i + 1]
            total[self.rows[start:end]] += self.weights[start:end]
            best += float(self.weights[start:end].max())
        return total, best


def _grams(text: str) -> list[str]:
    if text.isascii():
        words = text.split()
        return [*words, *(g for w in words for g in ngrams(w, 3, 4))]
    return ngrams(text, 1, 3)


@dataclass(frozen=True)
class Nearness:
    """How near a query is to each text: lexical 0..1, dense cosine, and their sum."""

    lexical: Floats
    dense: Floats

    @property
    def total(self) -> Floats:
        """What texts are ranked by."""
        return np.asarray(self.lexical + self.dense)


def nearness(text: str, query: Vectors, lexical: Lexical, vectors: Vectors) -> Nearness:
    """Lexical and dense nearness of one query; `query` and `vectors` are centred, of unit length."""
    scores, best = lexical.scores(text)
    return Nearness(scores / max(best, 1e-6), vectors @ query)
