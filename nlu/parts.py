"""Several intents in one message: the pieces it may be divided into, by its marks and its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from nlu import yml
from nlu.settling import short_answer
from nlu.text import fold
from nlu.understanding import Entity

_LEXICON = Path(__file__).parent / "parts.yml"
READ = 400
"""A longer message is a story, and not divided."""
MOST = 4
"""Into so many pieces at most; every run of them is classified."""
LED = 40
"""In longer messages the words that lead to the matter weigh nothing."""
COMMA, SENTENCE, CONNECTIVE = 1, 2, 3
"""How strongly a piece is set apart from the one before it."""
_MARKS = re.compile(
    r"[。！!？?；;\n]+|(?<!\d)\.(?=\s|$)|(?<=\d{3})\.(?=\s)|[，,、]|(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])"
)
_SENTENCE_MARK = re.compile(r"[。！!？?；;.\n]")
_WORDS = re.compile(r"[\u3400-\u9fff]|[a-z0-9]+")
_LINKS = re.compile(r"(?:and|but|so|then|然后|那么|那|以及|就是)(?![a-z])[\s,，]*")
_FEWEST = 3
_SLIGHT = ("greet", "thank", "goodbye", "affirm", "deny", "skip", "go_back", "resume", "inform", "complain")
_DETAILS = (
    "phone", "person_name", "address", "since", "date", "time", "purchase_date", "model", "serial_number",
    "brand", "quantity", "urgency", "tried",
)  # fmt: skip
_EDGES = " \t\r\n,，.。;；:：!！?？、~～"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch [start, end) of the text; `strength` sets it apart from the one before it.

    `slight`: it says too little to be a matter; `goes_on`: it tells more of the fault told before it.
    """

    start: int
    end: int
    strength: int
    cues: frozenset[str] = frozenset()
    slight: bool = False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The patterns of `parts.yml`, for folded text."""

    connectives: re.Pattern[str]
    openers: re.Pattern[str]
    cues: Mapping[str, re.Pattern[str]]
    topics: Mapping[str, re.Pattern[str]]
    asides: re.Pattern[str]
    visits: re.Pattern[str]
    announcements: re.Pattern[str]
    recovered: re.Pattern[str]
    around_details: re.Pattern[str]
    more: re.Pattern[str]


@cache
def lexicon() -> Lexicon:
    """The patterns that come with the desk."""
    content = yml.read(_LEXICON)
    cues, topics_ = (_compiled(content.pop(key)) for key in ("cues", "topics"))
    joined = {key: re.compile("|".join(f"(?:{p})" for p in content[key])) for key in content}
    return Lexicon(cues=cues, topics=topics_, **joined)


def _compiled(patterns: Mapping[str, object]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(str(words)) for name, words in patterns.items()}


def topics(words: str) -> frozenset[str]:
    """What a question in folded text is about, as far as it says so."""
    return frozenset(name for name, pattern in lexicon().topics.items() if pattern.search(words))


def split(text: str, entities: Sequence[Entity]) -> tuple[Piece, ...]:
    """The pieces that are worth classifying on their own; none where the message has one matter.

    Neighbours that show nothing of their own stay together, so that most messages have no pieces at all;
    what only announces a matter ("I have two questions") is left out.
    """
    if len(text) > READ:
        return ()
    folded = fold(text)
    if not _MARKS.search(folded) and not _breaks(folded):
        return ()
    pieces = _joined([_seen(piece, folded, entities) for piece in _told(folded)])
    if _lists(pieces, entities):
        del pieces[0]
    while len(pieces) > MOST:
        _join_weakest(pieces)
    return tuple(pieces) if len(pieces) > 1 else ()


def _lists(pieces: Sequence[Piece], entities: Sequence[Entity]) -> bool:
    """Whether the first piece only names the appliances that each have a piece of their own behind it."""
    named = [
        {str(e.value) for e in entities if e.name == "product" and piece.start <= e.start < piece.end}
        for piece in pieces
    ]
    alone = [products for products in named[1:] if len(products) == 1]
    return len(alone) > 1 and named[0] == set().union(*alone) and len(named[0]) == len(alone)


def matter(text: str) -> str:
    """The text without words before it that only lead to it ("one more thing, …")."""
    folded = fold(text[:READ])
    if len(text) > LED or not lexicon().connectives.match(folded):
        return text
    pieces = _told(folded)
    return text[pieces[0].start :] if len(pieces) == 1 else text


def _told(folded: str) -> list[Piece]:
    """The pieces without announcements."""
    announced = lexicon().announcements
    return [p for p in _pieces(folded) if not announced.fullmatch(folded, p.start, p.end)]


def single(count: int) -> list[tuple[int, int]]:
    """The runs of one piece each, first and last of each run."""
    return [(i, i) for i in range(count)]


def longer(count: int) -> list[tuple[int, int]]:
    """Every run of at least two neighbours among so many pieces, but for all of them."""
    runs = ((i, j) for i in range(count) for j in range(i + 1, count))
    return [run for run in runs if run != (0, count - 1)]


def span(pieces: Sequence[Piece], run: tuple[int, int]) -> Piece:
    """A run of neighbours as one piece."""
    first, last = run
    inside = pieces[first : last + 1]
    cues = frozenset[str]().union(*(p.cues for p in inside))
    return Piece(inside[0].start, inside[-1].end, inside[0].strength, cues)


def _join_weakest(pieces: list[Piece]) -> None:
    """Join the two neighbours that are set apart least, and show least of another matter."""
    at = min(range(1, len(pieces)), key=lambda i: (pieces[i].strength, len(pieces[i].cues), -i))
    pieces[at - 1 : at + 1] = [span(pieces, (at - 1, at))]


def _seen(piece: Piece, folded: str, entities: Sequence[Entity]) -> Piece:
    """The piece with what its words show."""
    words = folded[piece.start : piece.end]
    known = lexicon()
    if known.asides.fullmatch(words):
        return replace(piece, slight=True)
    inside = [e for e in entities if piece.start <= e.start and e.end <= piece.end]
    cues = _cues(words, inside)
    goes_on = (
        piece.strength == COMMA
        and cues <= {"report_fault"}
        and known.more.match(words) is not None
        and not any(e.name == "product" for e in inside)
    )
    return replace(
        piece, cues=cues, slight=cues <= {"asks"} and _slight(piece, words, inside), goes_on=goes_on
    )


def _slight(piece: Piece, words: str, entities: Sequence[Entity]) -> bool:
    """Whether a piece is but a greeting, a short answer, or a detail of what stands beside it."""
    told = sum(1.0 if char > "\u3400" else 1.5 for char in _WORDS.findall(words))
    if told < _FEWEST or short_answer(words) in _SLIGHT:
        return True
    inside = [e for e in entities if e.name in _DETAILS]
    if not inside:
        return False
    rest = list(words)
    for e in inside:
        rest[e.start - piece.start : e.end - piece.start] = " " * (e.end - e.start)
    left = lexicon().around_details.sub("", "".join(rest))
    return sum(char.isalnum() for char in left) <= 0.4 * sum(char.isalnum() for char in words)


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


def _cues(words: str, inside: Sequence[Entity]) -> frozenset[str]:
    """The intents that the words show signs of."""
    known = lexicon()
    found = {intent for intent, pattern in known.cues.items() if pattern.search(words)}
    if any(e.name in ("symptom", "error_code") for e in inside):
        found.add("report_fault")
    if known.recovered.search(words):
        found.discard("report_fault")
    return frozenset(found)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Pieces that say too little to be a matter of their own, joined to the one before."""
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if (
            last is not None
            and piece.strength < CONNECTIVE
            and (piece.slight or last.slight or piece.goes_on)
        ):
            joined[-1] = replace(
                last, end=piece.end, cues=last.cues | piece.cues, slight=piece.slight and last.slight
            )
        else:
            joined.append(piece)
    return joined


def first_clause(text: str) -> tuple[str, str]:
    """The words before the first boundary and those behind it; nothing behind where there is none."""
    pieces = _pieces(fold(text[:READ]))
    if len(pieces) < 2:
        return text, ""
    return text[pieces[0].start : pieces[0].end], text[pieces[1].start :]


def clause_of(text: str, start: int, end: int) -> str:
    """The clause around a stretch of the text."""
    folded = fold(text[:READ])
    before = [mark.end() for mark in _MARKS.finditer(folded, 0, start)]
    after = next((mark.start() for mark in _MARKS.finditer(folded, end)), len(folded))
    begin, stop = _trimmed(folded, before[-1] if before else 0, after)
    return text[begin:stop]
