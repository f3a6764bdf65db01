"""Texts found by the characters or words they share with a question: BM25 over inverted lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nlu.model_file import Arrays
from nlu.ngrams import ngrams

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

_K1, _B = 1.2, 0.4
_UNKNOWN = 3.0
_READ = 60_000
"""So many places in inverted lists, those of the rarest grams first, are read to find candidates."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile(r"[\W_]+")


def grams(text: str) -> list[str]:
    """What a prepared text is compared by: characters and their pairs, of English words and their parts."""
    if not _UNSPACED.search(text):
        words = _WORD.findall(text)
        return [*(f"={w}" for w in words), *(g for w in words for g in ngrams(w, 3, 4))]
    characters = bare(text)
    return [*characters, *(characters[i : i + 2] for i in range(len(characters) - 1))]


def is_whole(gram: str) -> bool:
    """Whether a gram is a character or a word, not a pair of characters or a part of a word."""
    return len(gram) == 1 or gram[0] == "="


@lru_cache(maxsize=8192)
def bare(text: str) -> str:
    """The text without punctuation and, unless it is of words, without spaces."""
    return _MARKS.sub("", text) if _UNSPACED.search(text) else " ".join(_WORD.findall(text))


Parts = Callable[[str], list[str]]


@dataclass(frozen=True)
class Lexical:
    """How often which gram stands in which text, and what BM25 makes of it."""

    index: dict[str, int]
    pointers: Rows
    rows: NDArray[np.int32]
    counts: NDArray[np.uint8]
    lengths: NDArray[np.int32]
    weights: Floats
    best: Floats

    @classmethod
    def weigh(
        cls,
        index: dict[str, int],
        pointers: Rows,
        rows: NDArray[np.int32],
        counts: NDArray[np.uint8],
        lengths: NDArray[np.int32],
    ) -> Lexical:
        """The index over these lists: gram i stands in the rows from `pointers[i]` to `pointers[i + 1]`."""
        frequency = np.diff(pointers)
        size = len(lengths)
        idf = np.log(1 + (size - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        mean = max(float(lengths.mean()), 1.0) if size else 1.0
        norms = (_K1 * (1 - _B + _B * lengths / mean)).astype(np.float32)
        found = counts.astype(np.float32)
        weights = np.repeat(idf, frequency) * found * (_K1 + 1) / (found + norms[rows])
        best = np.zeros(len(index), dtype=np.float32)
        used = np.flatnonzero(frequency)
        if len(used):
            best[used] = np.maximum.reduceat(weights, pointers[used])
        return cls(index, pointers, rows, counts, lengths, weights.astype(np.float32), best)

    @classmethod
    def build(cls, texts: Sequence[str], parts: Parts = grams) -> Lexical:
        """An index of prepared texts by their parts."""
        nothing = np.empty(0, dtype=np.int32)
        empty = cls.weigh({}, np.zeros(1, np.int64), nothing, nothing.astype(np.uint8), nothing)
        return empty.changed(nothing.astype(np.int64), np.arange(len(texts)), texts, parts)

    def changed(self, places: Rows, fresh: Rows, texts: Sequence[str], parts: Parts = grams) -> Lexical:
        """The index when row i moves to `places[i]` (-1: it is gone) and `texts` come at `fresh`."""
        index = dict(self.index)
        new_grams: list[int] = []
        new_counts: list[int] = []
        sizes = np.zeros(len(texts), dtype=np.int64)
        lengths = np.zeros(int((places >= 0).sum()) + len(texts), dtype=np.int32)
        for i, text in enumerate(texts):
            counted = Counter(parts(text))
            new_grams += [index.setdefault(gram, len(index)) for gram in counted]
            new_counts += counted.values()
            sizes[i] = len(counted)
            lengths[fresh[i]] = counted.total()
        lengths[places[places >= 0]] = self.lengths[places >= 0]
        moved = places[self.rows] if len(places) else self.rows.astype(np.int64)
        kept = moved >= 0
        gram = np.concatenate(
            [np.repeat(np.arange(len(self.index)), np.diff(self.pointers))[kept], new_grams]
        )
        row = np.concatenate([moved[kept], np.repeat(fresh, sizes)]).astype(np.int32)
        count = np.concatenate([self.counts[kept], np.minimum(new_counts, 255)]).astype(np.uint8)
        order = np.lexsort((row, gram))
        frequency = np.bincount(gram.astype(np.int64), minlength=len(index))
        pointers = np.concatenate([[0], np.cumsum(frequency)]).astype(np.int64)
        return Lexical.weigh(index, pointers, row[order], count[order], lengths)

    def dump(self) -> Arrays:
        """The index as plain arrays."""
        return {
            "grams": np.frombuffer("\0".join(self.index).encode(), dtype=np.uint8),
            "pointers": self.pointers,
            "rows": self.rows,
            "counts": self.counts,
            "lengths": self.lengths,
        }

    @classmethod
    def restore(cls, dumped: Arrays) -> Lexical:
        """The index that `dump` wrote."""
        told = dumped["grams"].tobytes().decode()
        index = {gram: i for i, gram in enumerate(told.split("\0") if told else ())}
        return cls.weigh(index, *(dumped[name] for name in ("pointers", "rows", "counts", "lengths")))

    def scores(self, asked: Sequence[str], rows: Rows | None = None) -> Floats:
        """How near the texts (or those of the sorted `rows`) are to the grams of a question.

        The share of what a perfect match could get.
        """
        known, possible = self._known(asked)
        total = np.zeros(len(self.lengths) if rows is None else len(rows), dtype=np.float32)
        for i in known:
            there = slice(self.pointers[i], self.pointers[i + 1])
            if rows is None:
                total[self.rows[there]] += self.weights[there]
            elif len(rows):
                listed = self.rows[there]
                at = np.minimum(np.searchsorted(listed, rows), len(listed) - 1)
                total += self.weights[there][at] * (listed[at] == rows)
        return total / np.float32(possible)

    def counted(self, chosen: Rows, rows: Rows) -> Floats:
        """How often each chosen gram (its number) stands in the texts of the rows: a row a gram."""
        found = np.zeros((len(chosen), len(rows)), dtype=np.float32)
        for at, i in enumerate(chosen):
            listed = self.rows[self.pointers[i] : self.pointers[i + 1]]
            if len(listed):
                place = np.minimum(np.searchsorted(listed, rows), len(listed) - 1)
                counts = self.counts[self.pointers[i] : self.pointers[i + 1]]
                found[at] = counts[place] * (listed[place] == rows)
        return found

    def nearest(self, asked: Sequence[str], number: int) -> Rows:
        """About so many rows of the nearest texts, found by the question's rarest grams."""
        known, _ = self._known(asked)
        known.sort(key=lambda i: int(self.pointers[i + 1] - self.pointers[i]))
        total = np.zeros(len(self.lengths), dtype=np.float32)
        read = 0
        for i in known:
            there = slice(self.pointers[i], self.pointers[i + 1])
            read += there.stop - there.start
            if read > _READ and there.start != self.pointers[known[0]]:
                break
            total[self.rows[there]] += self.weights[there]
        every = number >= len(total)
        found = np.arange(len(total)) if every else np.argpartition(-total, number)[:number]
        return found[total[found] > 0]

    def _known(self, asked: Sequence[str]) -> tuple[list[int], float]:
        """The grams that stand in some text, and the highest score they could give together."""
        known: list[int] = []
        possible = 1e-6
        for gram in dict.fromkeys(asked):
            i = self.index.get(gram)
            if i is None or not self.best[i]:
                possible += _UNKNOWN
            else:
                known.append(i)
                possible += float(self.best[i])
        return known, possible
