"""Making the index of the knowledge base: all that takes time, once; of a changed base only what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.dense import Dense
from nlu.lessons import Asked
from nlu.lexical import Lexical
from nlu.model_file import Arrays

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Encode = Callable[[Sequence[str]], Floats]

INDEX_FORMAT = 5
"""Counts up when what `build` makes changes."""

TAUGHT = 1000
"""So many entries with several questions teach how one question is worded in several ways."""

_ENCODED = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One article in one language, as the index sees it: texts are prepared."""

    key: int
    language: str
    questions: Sequence[str]
    sentences: Sequence[str]

    def digest(self) -> bytes:
        """What changes with the texts, 16 bytes."""
        told = "\0".join((self.language, *self.questions, "", *self.sentences))
        return hashlib.blake2b(told.encode(), digest_size=16).digest()


def fresh(entries: Sequence[Entry], built: Arrays) -> bool:
    """Whether `built` was made of exactly these entries."""
    digests = b"".join(e.digest() for e in entries)
    return bool(built["digests"].tobytes() == digests)


def build(
    entries: Sequence[Entry],
    encode: Encode,
    previous: Arrays | None = None,
    told: Callable[[int], None] | None = None,
) -> Arrays:
    """The arrays that `Index` wants; entries that stand unchanged in `previous` are taken over.

    `previous` must be of the same format. `told` hears how many more texts were encoded.
    """
    digests = np.frombuffer(b"".join(e.digest() for e in entries), dtype=np.uint8).reshape(-1, 16)
    sizes = np.array([(len(e.questions), len(e.sentences)) for e in entries], np.int64).reshape(-1, 2)
    source = _sources(digests, previous)
    vectors = _vectors(entries, sizes, source, encode, previous, told)
    built: Arrays = {"vectors": vectors, "digests": digests, "sizes": sizes}
    built["languages"] = np.array([e.language for e in entries], dtype="U8")
    learned = Dense.learn(vectors, rows_of(entries)[0], under("dense.", previous or {}) or None)
    built |= {f"dense.{name}": array for name, array in learned.items()}
    for language in sorted({e.language for e in entries}):
        for kind in ("questions", "documents"):
            lexical = _lexical(entries, source, language, kind, previous)
            built |= {f"{kind}.{language}.{name}": array for name, array in lexical.dump().items()}
        built |= _taught(entries, language, built, previous)
    return built


def under(prefix: str, arrays: Arrays) -> Arrays:
    """The arrays whose names begin so, without that."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def rows_of(entries: Sequence[Entry]) -> tuple[NDArray[np.bool_], Rows, NDArray[np.str_]]:
    """Of every text: is it a question, of which article, in which language."""
    sizes = np.array([(len(e.questions), len(e.sentences)) for e in entries], np.int64).reshape(-1, 2)
    whole = sizes.sum(axis=1)
    asked = np.repeat(np.tile([True, False], len(entries)), sizes.ravel())
    owners = np.repeat(np.array([e.key for e in entries], dtype=np.int64), whole)
    return asked, owners, np.repeat(np.array([e.language for e in entries], dtype="U8"), whole)


def _sources(digests: NDArray[np.uint8], previous: Arrays | None) -> Rows:
    """Where each entry stands in the previous index; -1: nowhere."""
    if previous is None:
        return np.full(len(digests), -1, dtype=np.int64)
    places = {digest.tobytes(): i for i, digest in enumerate(previous["digests"])}
    found: list[int] = [places.pop(digest.tobytes(), -1) for digest in digests]
    return np.array(found, dtype=np.int64)


def _vectors(
    entries: Sequence[Entry],
    sizes: Rows,
    source: Rows,
    encode: Encode,
    previous: Arrays | None,
    told: Callable[[int], None] | None,
) -> NDArray[np.float16]:
    """A vector for each text: taken over, or encoded."""
    fresh = [
        text for e, at in zip(entries, source, strict=True) if at < 0 for text in (*e.questions, *e.sentences)
    ]
    parts = []
    for start in range(0, len(fresh), _ENCODED):
        parts.append(encode(fresh[start : start + _ENCODED]).astype(np.float16))
        if told:
            told(len(parts[-1]))
    width = parts[0].shape[1] if parts else previous["vectors"].shape[1] if previous is not None else 1
    whole = sizes.sum(axis=1)
    vectors = np.empty((int(whole.sum()), width), dtype=np.float16)
    new = np.repeat(source < 0, whole)
    if parts:
        vectors[new] = np.concatenate(parts)
    if previous is not None:
        before = previous["sizes"].sum(axis=1)
        starts = np.concatenate([[0], np.cumsum(before)])
        vectors[~new] = previous["vectors"][_spans(starts, before, source[source >= 0])]
    return vectors


def _lexical(
    entries: Sequence[Entry], source: Rows, language: str, kind: str, previous: Arrays | None
) -> Lexical:
    """The index of one language's questions or documents."""
    mine = np.array([e.language == language for e in entries], dtype=bool)
    counts = np.array([len(e.questions) if kind == "questions" else 1 for e in entries], np.int64)[mine]
    starts = np.concatenate([[0], np.cumsum(counts)])
    chosen = [e for e in entries if e.language == language]
    new = np.flatnonzero(source[mine] < 0)
    fresh = [
        text
        for i in new
        for text in (chosen[i].questions if kind == "questions" else (_document(chosen[i]),))
    ]
    dumped = under(f"{kind}.{language}.", previous or {})
    if previous is None or not dumped:
        before, places = Lexical.build(()), np.empty(0, dtype=np.int64)
    else:
        before = Lexical.restore(dumped)
        there = previous["languages"] == language
        sizes = (previous["sizes"][:, 0] if kind == "questions" else np.ones(len(there), np.int64)) * there
        first = np.concatenate([[0], np.cumsum(sizes)])
        kept = np.flatnonzero(source[mine] >= 0)
        places = np.full(int(sizes.sum()), -1, dtype=np.int64)
        places[_spans(first, sizes, source[mine][kept])] = _spans(starts, counts, kept)
    return before.changed(places, _spans(starts, counts, new), fresh)


def _taught(entries: Sequence[Entry], language: str, built: Arrays, previous: Arrays | None) -> Arrays:
    """What the entries teach about wordings: as in the previous index, or learned where there are enough."""
    before = under(f"ranker.{language}.", previous or {})
    if not before:
        several = sum(len(e.questions) > 1 for e in entries if e.language == language)
        if several < TAUGHT:
            return {}
        asked, owners, languages = rows_of(entries)
        rows = np.flatnonzero(asked & (languages == language))
        questions = [text for e in entries if e.language == language for text in e.questions]
        lexical = Lexical.restore(under(f"questions.{language}.", built))
        dense = Dense(built["vectors"], under("dense.", built))
        before = Asked(questions, rows, owners[rows], lexical, dense).taught()
    return {f"ranker.{language}.{name}": array for name, array in before.items()}


def _document(entry: Entry) -> str:
    return " ".join((*entry.questions, *entry.sentences))


def _spans(starts: Rows, sizes: Rows, chosen: Rows) -> Rows:
    """The numbers from each chosen start on, as many as its size."""
    counts = sizes[chosen]
    offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(np.repeat(starts[chosen], counts) + offsets, dtype=np.int64)
