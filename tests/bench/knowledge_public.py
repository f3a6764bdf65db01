"""Questions of a public set answered by BM25, by sentence vectors and by our index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click
import numpy as np
from numpy.typing import NDArray

from nlu.dense import unit
from nlu.encoder import SentenceEncoder
from nlu.indexing import Entry, build
from nlu.lexical import Lexical
from nlu.retrieval import Index
from nlu.text import prepare

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the place of the entry that answers it; -1: none does."""

    text: str
    answer: int


def contenders(
    entries: Sequence[Sequence[str]], questions: Sequence[Question], encoder: SentenceEncoder
) -> Iterator[tuple[str, float, float, float]]:
    """Name, hit@1, hit@3 and the area under the curve of answerable against unanswerable."""
    texts = [prepare(text) for entry in entries for text in entry]
    owners = np.repeat(np.arange(len(entries)), [len(entry) for entry in entries])
    asked = [prepare(question.text) for question in questions]
    known: dict[str, Floats] = {}
    with click.progressbar(range(0, len(texts), 64), label="Encoding") as bar:
        for start in bar:
            part = texts[start : start + 64]
            known.update(zip(part, encoder.encode(part), strict=True))
    vectors = np.stack([known[text] for text in texts])
    towards = np.concatenate([encoder.encode(asked[i : i + 64]) for i in range(0, len(asked), 64)])
    lexical = Lexical.build(texts, list)
    words = np.stack([_by_entry(lexical.scores(list(text)), owners, len(entries)) for text in asked])
    yield "BM25 on characters", *_measure(words, questions)
    meaning = np.stack([_by_entry(v, owners, len(entries)) for v in unit(towards) @ unit(vectors).T])
    yield "sentence vectors (USE)", *_measure(meaning, questions)
    kept = [Entry(i, "zh", [prepare(t) for t in entry], ()) for i, entry in enumerate(entries)]
    index = Index(kept, build(kept, lambda part: np.stack([known[text] for text in part])))
    ours = np.full((len(questions), len(entries)), -1.0, dtype=np.float32)
    belief = np.zeros(len(questions), dtype=np.float32)
    for i, text in enumerate(asked):
        near = index.nearness(text, towards[i], "zh")
        ours[i, near.keys] = near.total
        belief[i] = near.dense[np.argmax(near.total)]
    first, third, _ = _measure(ours, questions)
    yield "ours", first, third, _area(belief, questions)


def _by_entry(values: Floats, owners: NDArray[np.int64], size: int) -> Floats:
    best = np.full(size, -1.0, dtype=np.float32)
    np.maximum.at(best, owners, values)
    return best


def _measure(scores: Floats, questions: Sequence[Question]) -> tuple[float, float, float]:
    ranks = [
        int((scores[i] > scores[i, question.answer]).sum())
        for i, question in enumerate(questions)
        if question.answer >= 0
    ]
    counted = np.array(ranks)
    return float((counted < 1).mean()), float((counted < 3).mean()), _area(scores.max(axis=1), questions)


def _area(beliefs: Floats, questions: Sequence[Question]) -> float:
    """The share of pairs (answerable, unanswerable) in the right order; ties count half."""
    answerable = np.array([question.answer >= 0 for question in questions])
    yes, no = beliefs[answerable][:, None], beliefs[~answerable][None, :]
    return float((yes > no).mean() + (yes == no).mean() / 2)
