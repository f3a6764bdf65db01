"""Several intents in one message: which of its pieces are matters of their own, and which belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nlu.parts import COMMA, CONNECTIVE, READ, SENTENCE, Piece, clause_of, lexicon
from nlu.text import fold
from nlu.understanding import Entity

_SURE = {COMMA: 0.6, SENTENCE: 0.55, CONNECTIVE: 0.45}
_SHOWN = 0.12
_SURE_WITHOUT_CUE = {COMMA: 0.93, SENTENCE: 0.85, CONNECTIVE: 0.75}
SERVED = frozenset(
    {
        "report_fault",
        "track_order",
        "urge_order",
        "cancel_order",
        "change_appointment",
        "add_information",
        "correct_information",
        "ask_question",
        "request_installation",
        "request_return",
        "complain",
        "make_suggestion",
        "ask_human",
        "change_language",
        "report_hazard",
    }
)
"""Intents that are matters of their own; greetings, thanks and answers go with what stands beside them."""
_NEEDS_CUE = frozenset(
    {
        "ask_human",
        "change_language",
        "complain",
        "cancel_order",
        "change_appointment",
        "track_order",
        "add_information",
        "correct_information",
        "urge_order",
        "request_return",
        "make_suggestion",
    }
)
"""Intents that a part has only where its words show it: alone, its neighbours' details look like these."""


_POLITE = frozenset({"greet", "thank", "goodbye"})
_ONE_CONCERN = (
    frozenset({"track_order", "urge_order"}),
    frozenset({"report_fault", "request_return"}),
    frozenset({"report_fault", "complain"}),
)
"""Pairs that, without a connective between them, are one concern told in two breaths."""
_ONE_STORY = (
    frozenset({"report_fault", "add_information"}),
    frozenset({"report_fault", "correct_information"}),
    frozenset({"add_information", "correct_information"}),
)
"""Pairs that are one concern however they are joined, unless the fault is another appliance's."""
_LEADS = ("request_return", "complain", "urge_order", "correct_information", "add_information")
"""Whose intent two neighbours of one concern have together."""

_CONTACT = frozenset({"phone", "person_name", "address"})
_ASKS_CONTACT = ("report_fault", "request_installation", "request_return", "complain")

Ranking = Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Matter:
    """Pieces of one intent, as indices, with the surest confidence among them."""

    intent: str
    confidence: float
    pieces: tuple[int, ...]
    first: int
    strength: int


def words_of(
    text: str, pieces: Sequence[Piece], found: Sequence[Matter], entities: Sequence[Entity]
) -> list[str]:
    """The words of each matter, its pieces joined with the text's own comma.

    A name, a phone number or an address told elsewhere goes with the matter that will ask for them as well.
    """
    joint = "，" if any("\u3400" <= char <= "\u9fff" for char in text) else ", "
    told = [[text[pieces[i].start : pieces[i].end] for i in sorted(m.pieces)] for m in found]
    asking = next((i for i, m in enumerate(found) if m.intent in _ASKS_CONTACT), None)
    if asking is not None:
        elsewhere = (e for e in entities if e.name in _CONTACT and e.end <= READ)
        clauses = dict.fromkeys(clause_of(text, e.start, e.end) for e in elsewhere)
        told[asking] += [clause for clause in clauses if all(clause not in part for part in told[asking])]
    return [joint.join(part) for part in told]


def matters(
    text: str, pieces: Sequence[Piece], rankings: Sequence[Ranking], entities: Sequence[Entity]
) -> tuple[Matter, ...]:
    """The message's matters in the order they are told; fewer than two means that it has one."""
    folded = fold(text[:READ])
    found: list[Matter] = []
    waiting: list[int] = []
    for i, (piece, ranking) in enumerate(zip(pieces, rankings, strict=True)):
        own = _own(ranking, piece, piece.strength if i else pieces[1].strength, folded, bool(found))
        if own is None:
            if found:
                found[-1] = replace(found[-1], pieces=(*found[-1].pieces, i))
            else:
                waiting.append(i)
            continue
        fresh = Matter(*own, (*waiting, i), i, piece.strength)
        waiting = []
        if found and _same(found[-1], fresh, pieces, entities):
            found[-1] = _together(found[-1], fresh)
        else:
            found.append(fresh)
    return _apart(found, pieces, entities)


def _own(
    ranking: Ranking, piece: Piece, strength: int, folded: str, follows: bool
) -> tuple[str, float] | None:
    """The intent that a piece confidently has of its own, and how sure it is; None if it has none.

    Where a connective or the end of a sentence sets it apart, what its words show may speak for an intent
    that is not the classifier's first.
    """
    words = folded[piece.start : piece.end]
    patterns = lexicon()
    if patterns.asides.fullmatch(words):
        return None
    visit = follows and piece.strength < CONNECTIVE and patterns.visits.search(words)
    if visit and not piece.cues & {"ask_question", "track_order", "report_fault"}:
        return None
    intent, confidence = ranking[0]
    cued = intent in piece.cues
    allowed = intent in SERVED and (cued or intent not in _NEEDS_CUE)
    if allowed and confidence >= (_SURE if cued else _SURE_WITHOUT_CUE).get(strength, 1.0):
        return intent, max(confidence, _SURE[COMMA])
    if strength > COMMA and intent not in _POLITE:
        intent, confidence = max(
            ((n, p) for n, p in ranking if n in piece.cues), key=_chance, default=("", 0.0)
        )
        if confidence >= _SHOWN:
            return intent, max(confidence, _SURE[COMMA])
    return None


def _chance(pair: tuple[str, float]) -> float:
    return pair[1]


def _same(last: Matter, fresh: Matter, pieces: Sequence[Piece], entities: Sequence[Entity]) -> bool:
    """Whether two neighbours are one concern."""
    pair = frozenset({last.intent, fresh.intent})
    if pair == {"report_fault"}:
        one, other = (_products(m, pieces, entities) for m in (last, fresh))
        return not (one and other and not one & other)
    if len(pair) == 1:
        return fresh.intent != "ask_question" or fresh.strength < CONNECTIVE
    if pair in _ONE_CONCERN:
        return fresh.strength < CONNECTIVE
    return pair in _ONE_STORY and not (fresh.intent == "report_fault" and _products(fresh, pieces, entities))


def _together(last: Matter, fresh: Matter) -> Matter:
    """Two neighbours of one concern as one matter."""
    leading = next((m for i in _LEADS for m in (last, fresh) if m.intent == i), last)
    return replace(
        last,
        intent=leading.intent,
        confidence=max(last.confidence, fresh.confidence),
        first=leading.first,
        pieces=last.pieces + fresh.pieces,
    )


def _products(matter: Matter, pieces: Sequence[Piece], entities: Sequence[Entity]) -> set[str]:
    inside = [pieces[i] for i in matter.pieces]
    return {
        str(e.value)
        for e in entities
        if e.name == "product" and any(p.start <= e.start < p.end for p in inside)
    }


def _apart(
    found: Sequence[Matter], pieces: Sequence[Piece], entities: Sequence[Entity]
) -> tuple[Matter, ...]:
    """The matters, those told at two places joined; further appliances and questions stay apart."""
    apart: list[Matter] = []
    for matter in found:
        same = next((i for i, m in enumerate(apart) if _again(m, matter, pieces, entities)), None)
        if same is None:
            apart.append(matter)
        else:
            apart[same] = replace(apart[same], pieces=apart[same].pieces + matter.pieces)
    return tuple(apart)


def _again(one: Matter, other: Matter, pieces: Sequence[Piece], entities: Sequence[Entity]) -> bool:
    """Whether a matter goes on where it was left for another one."""
    if one.intent != other.intent or one.intent == "ask_question":
        return False
    return one.intent != "report_fault" or _same(one, other, pieces, entities)
