"""Questions asked as if they were not among the entries: what the ranking learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.dense import Dense
from nlu.lexical import Lexical, grams
from nlu.model_file import Arrays
from nlu.reranking import Lesson, Likeness, learn

Rows = NDArray[np.int64]

LESSONS = 6000
_CANDIDATES = 60
_COMPARED = 24


@dataclass(frozen=True)
class Asked:
    """All questions of one language: texts, their rows among the vectors, the entries they stand for."""

    texts: Sequence[str]
    rows: Rows
    owners: Rows
    lexical: Lexical
    dense: Dense

    def taught(self) -> Arrays:
        """What they teach about wording one question in several ways."""
        several = np.flatnonzero(np.bincount(self.owners)[self.owners] > 1)
        if len(several) > LESSONS:
            several = np.random.default_rng(0).permutation(several)[:LESSONS]
        parts = [grams(text) for text in self.texts]
        lessons = [self._lesson(int(i), parts[i]) for i in several]
        return learn(Likeness(self.lexical), self.texts, parts, lessons)

    def _lesson(self, i: int, asked: Sequence[str]) -> Lesson:
        towards = self.dense.question(int(self.rows[i]))
        near = self.dense.nearest(towards, _CANDIDATES)
        place = np.minimum(np.searchsorted(self.rows, near), len(self.rows) - 1)
        found = np.union1d(place[self.rows[place] == near], self.lexical.nearest(asked, _CANDIDATES))
        found = found[found != i]
        cosines = self.dense.cosines(towards, self.rows[found])
        best = np.argsort(-(cosines + self.lexical.scores(asked, found)), kind="stable")[:_COMPARED]
        return Lesson(i, found[best], cosines[best], self.owners[found[best]] == self.owners[i])
