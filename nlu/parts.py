"""Several intents in one message: the pieces it may be divided into, by its marks and its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from nlu import yml
from nlu.text import fold
from nlu.understanding import Entity

_LEXICON = Path(__file__).parent / "parts.yml"
READ = 600
"""So many characters of a message are looked at."""
MOST = 6
"""More pieces than this are one story, not several matters."""
COMMA, SENTENCE, CONNECTIVE = 1, 2, 3
"""How strongly a piece is set apart from the one before it."""
_MARKS = re.compile(r"[。！!？?；;\n]+|(?<!\d)\.(?=\s|$)|[，,、]|(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_SENTENCE_MARK = re.compile(r"[。！!？?；;.\n]")
_WORDS = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+")
_LINKS = re.compile(r"(?:and|but|so|then|然后|那么|那|以及|就是)(?![a-z])[\s,，]*")
_EDGES = " \t\r\n,，.。;；:：!！?？、~～"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch [start, end) of the text; `strength` sets it apart from the one before it."""

    start: int
    end: int
    strength: int
    cues: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The patterns of `parts.yml`, for folded text."""

    connectives: re.Pattern[str]
    openers: re.Pattern[str]
    cues: Mapping[str, re.Pattern[str]]
    asides: re.Pattern[str]
    visits: re.Pattern[str]


@cache
def lexicon() -> Lexicon:
    """The patterns that come with the desk."""
    content = yml.read(_LEXICON)
    joined = {key: re.compile("|".join(f"(?:{p})" for p in content[key])) for key in content if key != "cues"}
    cues = {intent: re.compile(str(words)) for intent, words in content["cues"].items()}
    return Lexicon(cues=cues, **joined)


def split(text: str, entities: Sequence[Entity]) -> tuple[Piece, ...]:
    """The pieces that are worth classifying on their own; none where the message has one matter.

    Neighbours that show nothing of their own stay together, so that most messages have no pieces at all.
    """
    read = text[:READ]
    folded = fold(read)
    if not _MARKS.search(folded) and not _breaks(folded):
        return ()
    pieces = [replace(p, cues=_cues(folded[p.start : p.end], p, entities)) for p in _pieces(folded)]
    pieces = _joined(pieces)
    if len(pieces) < 2 or len(pieces) > MOST:
        return ()
    if all(p.strength < CONNECTIVE for p in pieces[1:]) and sum(bool(p.cues) for p in pieces) < 2:
        return ()
    return tuple(pieces)


def _breaks(folded: str) -> bool:
    known = lexicon()
    return bool(known.connectives.search(folded) or known.openers.search(folded))


def _pieces(folded: str) -> list[Piece]:
    """The text cut at every boundary; pieces without a word of their own go with the one before."""
    known = lexicon()
    cuts: dict[int, tuple[int, int]] = {0: (0, 0)}
    for mark in _MARKS.finditer(folded):
        strength = SENTENCE if _SENTENCE_MARK.search(mark[0]) else COMMA
        cuts[mark.end()] = (mark.start(), strength)
    for found in known.openers.finditer(folded):
        listed = folded[: found.start()].rstrip().endswith(",")
        cuts[found.start()] = (found.start(), SENTENCE if listed else COMMA)
    for found in known.connectives.finditer(folded):
        cuts[found.end()] = (found.start(), CONNECTIVE)
    ordered = sorted(cuts.items())
    pieces: list[Piece] = []
    pending = 0
    for (start, (_, strength)), (_, (end, _)) in zip(
        ordered, [*ordered[1:], (0, (len(folded), 0))], strict=True
    ):
        strength = max(strength, pending)
        begin, stop = _trimmed(folded, start, end)
        if begin >= stop or not _WORDS.search(folded[begin:stop]):
            pending = strength
            continue
        pieces.append(Piece(begin, stop, strength))
        pending = 0
    return pieces


def _trimmed(folded: str, start: int, end: int) -> tuple[int, int]:
    while start < end and folded[start] in _EDGES:
        start += 1
    link = _LINKS.match(folded, start, end)
    if link and _WORDS.search(folded, link.end(), end):
        start = link.end()
    while end > start and folded[end - 1] in _EDGES:
        end -= 1
    return start, end


def _cues(words: str, piece: Piece, entities: Sequence[Entity]) -> frozenset[str]:
    """The intents that the words show signs of."""
    known = lexicon()
    if known.asides.fullmatch(words):
        return frozenset()
    found = {intent for intent, pattern in known.cues.items() if pattern.search(words)}
    if any(e.name in ("symptom", "error_code") and piece.start <= e.start < piece.end for e in entities):
        found.add("report_fault")
    return frozenset(found)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Pieces that show nothing of their own, or the same as the one before, joined to it."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        together = last is not None and piece.strength < CONNECTIVE
        if last is not None and together and (not piece.cues or not last.cues or _like(piece, last)):
            joined[-1] = Piece(last.start, piece.end, last.strength, last.cues | piece.cues)
        else:
            joined.append(piece)
    return joined


def _like(one: Piece, other: Piece) -> bool:
    return one.cues == other.cues and "ask_question" not in one.cues


def clause_of(text: str, start: int, end: int) -> str:
    """The clause around a stretch of the text."""
    folded = fold(text[:READ])
    before = [mark.end() for mark in _MARKS.finditer(folded, 0, start)]
    after = next((mark.start() for mark in _MARKS.finditer(folded, end)), len(folded))
    begin, stop = _trimmed(folded, before[-1] if before else 0, after)
    return text[begin:stop]
