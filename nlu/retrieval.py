"""Finding the articles nearest to a question: BM25 over character n-grams and cosines of sentence vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.model_file import Arrays
from nlu.ngrams import ngrams

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

INDEX_FORMAT = 2
"""Counts up when what `Index.build` makes changes."""

_K1, _B = 1.2, 0.4
_UNKNOWN = 3.0
_NOTHING = -0.2

WEIGHTS = {
    "same": 1.0,
    "other": 1.0,
    "typical": 0.9,
    "answer": 0.4,
    "answer_other": 0.4,
    "lexical": 0.8,
    "document": 0.6,
}
"""What each sign of nearness weighs; found on questions worded apart from the articles."""


@dataclass(frozen=True)
class Lexical:
    """BM25 over characters, their pairs and triples (or words and their parts), as inverted lists."""

    index: dict[str, int]
    pointers: Rows
    rows: NDArray[np.int32]
    weights: Floats
    best: Floats
    count: int

    @classmethod
    def build(cls, texts: Sequence[str]) -> Lexical:
        """An index of the texts (prepared)."""
        index: dict[str, int] = {}
        grams: list[int] = []
        owners: list[int] = []
        counts: list[int] = []
        lengths = np.ones(max(len(texts), 1), dtype=np.float32)
        for row, text in enumerate(texts):
            counted = Counter(_grams(text))
            lengths[row] = max(counted.total(), 1)
            grams += [index.setdefault(gram, len(index)) for gram in counted]
            owners += [row] * len(counted)
            counts += counted.values()
        gram = np.array(grams, dtype=np.int64)
        order = np.argsort(gram, kind="stable")
        gram, owner = gram[order], np.array(owners, dtype=np.int32)[order]
        count = np.array(counts, dtype=np.float32)[order]
        frequency = np.bincount(gram, minlength=len(index)).astype(np.float32)
        idf = np.log(1 + (len(texts) - frequency + 0.5) / (frequency + 0.5))
        fitting = count + _K1 * (1 - _B + _B * lengths[owner] / lengths.mean())
        weights = (idf[gram] * count * (_K1 + 1) / fitting).astype(np.float32)
        pointers = np.concatenate([[0], np.cumsum(frequency)]).astype(np.int64)
        best = np.maximum.reduceat(weights, pointers[:-1]) if len(weights) else weights
        return cls(index, pointers, owner, weights, best, len(texts))

    def dump(self) -> Arrays:
        """The index as plain arrays."""
        grams = np.frombuffer("\0".join(self.index).encode(), dtype=np.uint8)
        return {
            "grams": grams,
            "pointers": self.pointers,
            "rows": self.rows,
            "weights": self.weights,
            "best": self.best,
            "count": np.array(self.count),
        }

    @classmethod
    def restore(cls, dumped: Arrays) -> Lexical:
        """The index that `dump` wrote."""
        grams = dumped["grams"].tobytes().decode()
        index = {gram: i for i, gram in enumerate(grams.split("\0") if grams else ())}
        return cls(
            index, dumped["pointers"], dumped["rows"], dumped["weights"], dumped["best"], int(dumped["count"])
        )

    def scores(self, text: str) -> Floats:
        """How near each text is, as a share of what a perfect match of the query could get."""
        total = np.zeros(self.count, dtype=np.float32)
        possible = 1e-6
        for gram in set(_grams(text)):
            i = self.index.get(gram)
            if i is None:
                possible += _UNKNOWN
                continue
            start, end = self.pointers[i], self.pointers[i + 1]
            total[self.rows[start:end]] += self.weights[start:end]
            possible += float(self.best[i])
        return total / np.float32(possible)


def _grams(text: str) -> list[str]:
    if text.isascii():
        words = text.split()
        return [*words, *(g for w in words for g in ngrams(w, 3, 4))]
    return ngrams(text, 1, 3)


@dataclass(frozen=True, slots=True)
class Entry:
    """One article in one language, as the index sees it: texts are prepared."""

    key: int
    language: str
    questions: Sequence[str]
    sentences: Sequence[str]


@dataclass(frozen=True)
class Nearness:
    """How near a question is to each article (by key): the weighted sum, and some of its parts."""

    total: Floats
    dense: Floats
    lexical: Floats
    document: Floats


class Index:
    """The questions and answers of all articles, from what `build` made of the same entries."""

    def __init__(self, entries: Sequence[Entry], built: Arrays) -> None:
        vectors = np.asarray(built["vectors"], dtype=np.float32)
        self._keys = 1 + max((e.key for e in entries), default=-1)
        kinds, owners, languages = _rows(entries)
        asked = kinds == "question"
        self.centre = vectors[asked].mean(axis=0) if asked.any() else np.zeros(vectors.shape[1:], np.float32)
        self._vectors = unit(vectors - self.centre)
        self._owners = owners
        self._parts = {
            (kind, language): np.flatnonzero((kinds == kind) & (languages == language))
            for kind in ("question", "answer")
            for language in sorted(set(languages.tolist()))
        }
        self._typical = _table(owners, np.flatnonzero(asked), self._keys)
        self._lexical = {
            language: (Lexical.restore(_under(f"questions.{language}.", built)), owners[rows])
            for (kind, language), rows in self._parts.items()
            if kind == "question"
        }
        self._documents = {
            language: (
                Lexical.restore(_under(f"documents.{language}.", built)),
                np.array([e.key for e in entries if e.language == language], dtype=np.int64),
            )
            for language in self._lexical
        }

    @staticmethod
    def build(entries: Sequence[Entry], vectors: Floats) -> Arrays:
        """All that takes time; `vectors` has a row for each of `texts(entries)`."""
        built: Arrays = {"vectors": vectors.astype(np.float16)}
        for language in sorted({e.language for e in entries}):
            spoken = [e for e in entries if e.language == language]
            questions = Lexical.build([text for e in spoken for text in e.questions])
            documents = Lexical.build([" ".join((*e.questions, *e.sentences)) for e in spoken])
            built |= {f"questions.{language}.{name}": array for name, array in questions.dump().items()}
            built |= {f"documents.{language}.{name}": array for name, array in documents.dump().items()}
        return built

    def nearness(self, text: str, vector: Floats, language: str) -> Nearness:
        """How near a prepared question with its sentence vector is to each article."""
        cosines = self._vectors @ unit((vector - self.centre)[None, :])[0]
        same = self._best(cosines, "question", language, own=True)
        other = self._best(cosines, "question", language, own=False)
        answer = self._best(cosines, "answer", language, own=True)
        foreign = self._best(cosines, "answer", language, own=False)
        top = -np.partition(-np.append(cosines, np.float32(_NOTHING))[self._typical], 3, axis=1)[:, :4]
        lexical = self._lexically(self._lexical, text, language)
        document = self._lexically(self._documents, text, language)
        other, foreign = (np.where(x == _NOTHING, y, x) for x, y in ((other, same), (foreign, answer)))
        total = (
            WEIGHTS["same"] * same
            + WEIGHTS["other"] * other
            + WEIGHTS["typical"] * top.mean(axis=1)
            + WEIGHTS["answer"] * answer
            + WEIGHTS["answer_other"] * foreign
            + WEIGHTS["lexical"] * lexical
            + WEIGHTS["document"] * document
        ) / sum(WEIGHTS.values())
        return Nearness(total.astype(np.float32), np.maximum(same, other), lexical, document)

    def _best(self, values: Floats, kind: str, language: str, own: bool) -> Floats:
        best = np.full(self._keys, _NOTHING, dtype=np.float32)
        for (of, spoken), rows in self._parts.items():
            if of == kind and (spoken == language) == own:
                np.maximum.at(best, self._owners[rows], values[rows])
        return best

    def _lexically(self, indexes: dict[str, tuple[Lexical, Rows]], text: str, language: str) -> Floats:
        best = np.zeros(self._keys, dtype=np.float32)
        if language in indexes:
            lexical, owners = indexes[language]
            np.maximum.at(best, owners, lexical.scores(text))
        return best


def _under(prefix: str, arrays: Arrays) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def texts(entries: Sequence[Entry]) -> list[str]:
    """Every text of the entries, in the order in which `Index` wants their vectors."""
    return [text for e in entries for text in (*e.questions, *e.sentences)]


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-6))


def _rows(entries: Sequence[Entry]) -> tuple[NDArray[np.str_], Rows, NDArray[np.str_]]:
    """Kind, article and language of every text."""
    kinds: list[str] = []
    owners: list[int] = []
    languages: list[str] = []
    for entry in entries:
        kinds += ["question"] * len(entry.questions) + ["answer"] * len(entry.sentences)
        size = len(entry.questions) + len(entry.sentences)
        owners += [entry.key] * size
        languages += [entry.language] * size
    return np.array(kinds, dtype=str), np.array(owners, dtype=np.int64), np.array(languages, dtype=str)


def _table(owners: Rows, rows: Rows, keys: int) -> Rows:
    """The rows of each key, side by side; gaps point behind the last row."""
    lists: list[list[int]] = [[] for _ in range(keys)]
    for row in rows:
        lists[owners[row]].append(int(row))
    width = max([4, *map(len, lists)])
    return np.array([found + [len(owners)] * (width - len(found)) for found in lists], dtype=np.int64)
