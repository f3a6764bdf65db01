"""Finding a catalogue's words in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from nlu.text import fold
from nlu.understanding import Entity
from nlu.wordings import Wording

_SHORTEST = 6
"""Letters that a misspelt English word must have: shorter ones are too near to other words."""
_WORD = re.compile(r"[a-z]+")
_REAL = frozenset(
    "freezes freeze frozen washes washed bridge shares microwaved watcher kitchen boiled boiling".split()  # noqa: SIM905
)
"""Words that only look like a misspelt one."""


def mentions(name: str, wording: Wording, text: str, confidence: float) -> list[Entity]:
    """Each place where one of the words stands, with its code as the value."""
    return [
        Entity(
            name, wording.meaning(m), text[m.start() : m.end()], m.start(), m.end(), confidence, "catalogue"
        )
        for m in wording.find(fold(text))
    ]


def misspelt(name: str, wording: Wording, text: str, found: list[Entity]) -> Iterator[Entity]:
    """Places where an English word of six letters or more, or two words, stands with a slip or two."""
    words = list(_WORD.finditer(fold(text)))
    known = _latin(tuple(wording.literal))
    if not words or not known:
        return
    taken = [(e.start, e.end) for e in found]
    for count in (2, 1):
        for first, last in zip(words, words[count - 1 :], strict=False):
            start, end = first.start(), last.end()
            if end - start < _SHORTEST or end - start > 22 or any(s < end and start < e for s, e in taken):
                continue
            written = fold(text)[start:end]
            if written not in _REAL and (meant := _meant(written, known)):
                taken.append((start, end))
                yield Entity(name, wording.literal[meant], text[start:end], start, end, 0.75, "catalogue")


@lru_cache(maxsize=8)
def _latin(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(w for w in words if w.isascii() and len(w) >= _SHORTEST)


@lru_cache(maxsize=4096)
def _meant(written: str, known: tuple[str, ...]) -> str | None:
    """The word that this must be: begins alike, one slip, or two in words of nine letters."""
    slips = 2 if len(written) >= 9 else 1
    near = process.extractOne(written, known, scorer=OSA.distance, score_cutoff=slips)
    return near[0] if near and near[0][0] == written[0] else None
