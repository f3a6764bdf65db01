"""Finding the articles nearest to a question: BM25 over character n-grams and cosines of sentence vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.dense import Dense
from nlu.indexing import Entry, rows_of, under
from nlu.lexical import Lexical, grams
from nlu.model_file import Arrays
from nlu.reranking import Likeness, Ranker

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

CANDIDATES = 60
"""So many texts each of the nearest by words and by meaning are candidates."""

_COMPARED = 20
_ALIKE = 3
_STEP = 0.02
_NOTHING = -0.2
_TYPICAL = 4

WEIGHTS = {
    "same": 1.0,
    "other": 1.0,
    "typical": 0.9,
    "answer": 0.4,
    "answer_other": 0.4,
    "lexical": 0.8,
    "document": 0.9,
}
"""What each sign of nearness weighs; found on questions worded apart from the articles."""


@dataclass(frozen=True)
class Nearness:
    """How near a question is to the articles `keys`: the weighted sum, and some of its parts."""

    keys: Rows
    total: Floats
    dense: Floats
    lexical: Floats
    document: Floats


class Index:
    """The questions and answers of all articles, from what `build` made of the same entries."""

    def __init__(self, entries: Sequence[Entry], built: Arrays) -> None:
        asked, owners, languages = rows_of(entries)
        self._owners = owners
        self._keys = 1 + int(owners.max(initial=-1))
        self._dense = Dense(built["vectors"], under("dense.", built))
        self._by_key = np.argsort(owners, kind="stable")
        self._starts = np.searchsorted(owners[self._by_key], np.arange(self._keys + 1))
        self._asked = asked
        self._spoken = languages
        self._texts = [text for e in entries for text in (*e.questions, *e.sentences)]
        self._questions: dict[str, tuple[Lexical, Rows]] = {}
        self._documents: dict[str, tuple[Lexical, Rows, Rows]] = {}
        for language in sorted(set(languages.tolist())):
            rows = np.flatnonzero(asked & (languages == language))
            self._questions[language] = (Lexical.restore(under(f"questions.{language}.", built)), rows)
            keys = np.array([e.key for e in entries if e.language == language], dtype=np.int64)
            order = np.argsort(keys, kind="stable")
            documents = Lexical.restore(under(f"documents.{language}.", built))
            self._documents[language] = (documents, keys[order], order)
        self._rankers = {
            language: Ranker(Likeness(self._questions[language][0]), under(f"ranker.{language}.", built))
            for language in self._questions
            if f"ranker.{language}.signs" in built
        }

    def nearness(self, text: str, vector: Floats, language: str) -> Nearness:
        """How near a prepared question with its sentence vector is to each article that may matter."""
        if not self._keys:
            nothing = np.empty(0, dtype=np.float32)
            return Nearness(np.empty(0, dtype=np.int64), nothing, nothing, nothing, nothing)
        asked = grams(text)
        towards = self._dense.towards(vector)
        chosen = self._candidates(asked, towards, language) if self._dense.listed else None
        keys, rows, owners = self._compared(chosen)
        cosines = self._dense.cosines(towards, None if chosen is None else rows)
        questions, own = self._asked[rows], self._spoken[rows] == language
        best = {
            (question, mine): _best(cosines, owners, (questions == question) & (own == mine), len(keys))
            for question in (True, False)
            for mine in (True, False)
        }
        same, other, answer, foreign = (
            best[k] for k in ((True, True), (True, False), (False, True), (False, False))
        )
        other, foreign = (np.where(x == _NOTHING, y, x) for x, y in ((other, same), (foreign, answer)))
        typical = _typical(cosines[questions], owners[questions], len(keys))
        lexical = self._worded(asked, language, rows, owners, len(keys), chosen is None)
        document = self._written(asked, language, keys, chosen is None)
        total = (
            WEIGHTS["same"] * same
            + WEIGHTS["other"] * other
            + WEIGHTS["typical"] * typical
            + WEIGHTS["answer"] * answer
            + WEIGHTS["answer_other"] * foreign
            + WEIGHTS["lexical"] * lexical
            + WEIGHTS["document"] * document
        ) / sum(WEIGHTS.values())
        total = total.astype(np.float32)
        if language in self._rankers:
            total = self._ranked(text, asked, language, total, rows, owners, cosines, questions & own)
        return Nearness(keys, total, np.maximum(same, other), lexical, document)

    def _ranked(
        self,
        text: str,
        asked: Sequence[str],
        language: str,
        total: Floats,
        rows: Rows,
        owners: Rows,
        cosines: Floats,
        mine: NDArray[np.bool_],
    ) -> Floats:
        """The nearest articles in the order in which their questions mean the same as the one asked."""
        number = min(_COMPARED, len(total))
        top = np.argpartition(-total, number - 1)[:number]
        chosen = np.flatnonzero(mine & np.isin(owners, top))
        chosen = chosen[_first(cosines[chosen], owners[chosen], _ALIKE)]
        others = [self._texts[row] for row in rows[chosen]]
        places = np.searchsorted(self._questions[language][1], rows[chosen])
        scores = self._rankers[language].score(text, asked, others, cosines[chosen], places)
        best = np.full(len(total), -np.inf, dtype=np.float32)
        np.maximum.at(best, owners[chosen], scores)
        ranked = np.isfinite(best)
        if not ranked.any():
            return total
        highest = total.max()
        after = np.minimum(total, highest + _STEP * (best[ranked].min() - best[ranked].max()) - _STEP)
        after[ranked] = highest + _STEP * (best[ranked] - best[ranked].max())
        return np.asarray(after, dtype=np.float32)

    def _candidates(self, asked: Sequence[str], towards: Floats, language: str) -> Rows:
        """The keys of the texts nearest by meaning and by words."""
        found = [self._owners[self._dense.nearest(towards, CANDIDATES)]]
        if language in self._questions:
            lexical, rows = self._questions[language]
            found.append(self._owners[rows[lexical.nearest(asked, CANDIDATES)]])
        return np.unique(np.concatenate(found))

    def _compared(self, chosen: Rows | None) -> tuple[Rows, Rows, Rows]:
        """Keys, the rows of their texts, and each row's place among the keys."""
        if chosen is None:
            return np.arange(self._keys), np.arange(len(self._owners)), self._owners
        spans = [self._by_key[self._starts[key] : self._starts[key + 1]] for key in chosen]
        rows = np.concatenate(spans) if spans else np.empty(0, dtype=np.int64)
        return chosen, rows, np.searchsorted(chosen, self._owners[rows])

    def _worded(
        self, asked: Sequence[str], language: str, rows: Rows, owners: Rows, size: int, everything: bool
    ) -> Floats:
        best = np.zeros(size, dtype=np.float32)
        if language not in self._questions:
            return best
        lexical, listed = self._questions[language]
        if everything:
            np.maximum.at(best, self._owners[listed], lexical.scores(asked))
            return best
        mine = self._asked[rows] & (self._spoken[rows] == language)
        np.maximum.at(best, owners[mine], lexical.scores(asked, np.searchsorted(listed, rows[mine])))
        return best

    def _written(self, asked: Sequence[str], language: str, keys: Rows, everything: bool) -> Floats:
        best = np.zeros(len(keys), dtype=np.float32)
        if language not in self._documents:
            return best
        lexical, listed, order = self._documents[language]
        if everything:
            np.maximum.at(best, listed, lexical.scores(asked)[order])
            return best
        at = np.minimum(np.searchsorted(listed, keys), len(listed) - 1)
        there = listed[at] == keys
        best[there] = lexical.scores(asked, order[at[there]])
        return best


def _best(values: Floats, owners: Rows, chosen: NDArray[np.bool_], size: int) -> Floats:
    best = np.full(size, _NOTHING, dtype=np.float32)
    np.maximum.at(best, owners[chosen], values[chosen])
    return best


def _typical(values: Floats, owners: Rows, size: int) -> Floats:
    """The mean of each article's nearest questions."""
    top = _first(values, owners, _TYPICAL)
    sums = np.bincount(owners[top], weights=values[top], minlength=size)
    counts = np.bincount(owners[top], minlength=size)
    return np.where(counts > 0, sums / np.maximum(counts, 1), _NOTHING).astype(np.float32)


def _first(values: Floats, owners: Rows, number: int) -> Rows:
    """The places of each owner's highest values."""
    order = np.lexsort((-values, owners))
    begins = np.searchsorted(owners[order], owners[order])
    return np.asarray(order[np.arange(len(order)) - begins < number])
