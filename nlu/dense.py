"""Sentence vectors near a question's: compared with every one of a few, by lists of neighbours among many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlu.model_file import Arrays

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]
Rows = NDArray[np.int64]

MANY = 8192
"""From so many vectors on, a question is compared only with the candidates of a first, cheaper search."""
PLAIN = 16_384
"""Up to so many vectors are kept ready for comparison (2 KB each); more are made ready each time."""
_LISTS = 256
_READ = 24
_SHORT = 64
_SAMPLE = 16_384
_ROUNDS = 6
_BLOCK = 4096


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-6))


class Dense:
    """Vectors around their centre, with lists of neighbours when there are many."""

    def __init__(self, vectors: Halves, learned: Arrays) -> None:
        self._vectors = vectors
        self.centre: Floats = learned["centre"]
        self._lists = learned.get("centroids")
        self._plain = unit(vectors.astype(np.float32) - self.centre) if len(vectors) <= PLAIN else None
        if self._lists is not None:
            self._basis, self._short = learned["basis"], learned["short"]
            self._order, self._pointers = learned["order"], learned["pointers"]

    @staticmethod
    def learn(vectors: Halves, asked: NDArray[np.bool_], previous: Arrays | None = None) -> Arrays:
        """Centre (of the questions) and lists for these vectors.

        Many vectors keep the centre, the short form and the lists' middles of `previous`, so that a change
        costs little.
        """
        if len(vectors) < MANY:
            some = vectors[asked].astype(np.float32) if asked.any() else np.zeros((1, vectors.shape[1]))
            return {"centre": some.mean(axis=0, dtype=np.float64).astype(np.float32)}
        learned = previous if previous is not None and "centroids" in previous else _middles(vectors, asked)
        centre, basis, centroids = learned["centre"], learned["basis"], learned["centroids"]
        short = np.empty((len(vectors), basis.shape[1]), dtype=np.float32)
        for start in range(0, len(vectors), _BLOCK):
            block = vectors[start : start + _BLOCK].astype(np.float32)
            short[start : start + _BLOCK] = unit(block - centre) @ basis
        nearest = np.concatenate(
            [(short[i : i + _BLOCK] @ centroids.T).argmax(axis=1) for i in range(0, len(short), _BLOCK)]
        )
        order = np.argsort(nearest, kind="stable").astype(np.int32)
        pointers = np.concatenate([[0], np.cumsum(np.bincount(nearest, minlength=len(centroids)))])
        return {
            "centre": centre,
            "basis": basis,
            "centroids": centroids,
            "short": short[order],
            "order": order,
            "pointers": pointers.astype(np.int64),
        }

    @property
    def listed(self) -> bool:
        """Whether the vectors are so many that they are found by lists."""
        return self._lists is not None

    def towards(self, vector: Floats) -> Floats:
        """A question's vector as these vectors are compared with it."""
        return np.asarray(unit((vector - self.centre)[None, :])[0])

    def question(self, row: int) -> Floats:
        """One of the vectors as a question's."""
        return self.towards(self._vectors[row].astype(np.float32))

    def cosines(self, towards: Floats, rows: Rows | None = None) -> Floats:
        """The cosine with each vector, or with those of the rows."""
        if self._plain is not None:
            return np.asarray((self._plain if rows is None else self._plain[rows]) @ towards)
        chosen = self._vectors if rows is None else self._vectors[rows]
        return np.asarray(unit(chosen.astype(np.float32) - self.centre) @ towards)

    def nearest(self, towards: Floats, number: int) -> Rows:
        """About so many rows of the nearest vectors."""
        if self._lists is None:
            return np.argsort(-self.cosines(towards), kind="stable")[:number]
        short = towards @ self._basis
        lists = np.argpartition(-(self._lists @ short), _READ)[:_READ]
        spans = [slice(self._pointers[i], self._pointers[i + 1]) for i in lists]
        near = np.concatenate([self._short[span] @ short for span in spans])
        found = np.argpartition(-near, number)[:number] if number < len(near) else np.arange(len(near))
        return np.concatenate([self._order[span] for span in spans])[found].astype(np.int64)


def _middles(vectors: Halves, asked: NDArray[np.bool_]) -> Arrays:
    """Centre, principal directions and the middles of the lists (spherical k-means), from a sample."""
    centre = vectors[asked].mean(axis=0, dtype=np.float64).astype(np.float32)
    sample = vectors[:: max(1, len(vectors) // _SAMPLE)].astype(np.float32)
    around = unit(sample - centre)
    _, directions = np.linalg.eigh(around.T @ around)
    basis = np.ascontiguousarray(directions[:, : -_SHORT - 1 : -1])
    short = around @ basis
    middles = unit(short[:: max(1, len(short) // _LISTS)][:_LISTS])
    for _ in range(_ROUNDS):
        nearest = (short @ middles.T).argmax(axis=1)
        sums = np.zeros_like(middles)
        np.add.at(sums, nearest, short)
        lonely = np.bincount(nearest, minlength=len(middles)) == 0
        middles = np.where(lonely[:, None], middles, unit(sums))
    return {"centre": centre, "basis": basis, "centroids": middles}
