"""Several intents in one message: which of its pieces are matters of their own, and which belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nlu.parts import COMMA, CONNECTIVE, READ, SENTENCE, Piece, clause_of, lexicon, span, topics
from nlu.text import fold
from nlu.understanding import Entity

Run = tuple[int, int]
Ranking = Sequence[tuple[str, float]]

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
        "stop",
    }
)
"""Intents that are matters of their own; greetings, thanks and answers go with what stands beside them."""
ANSWERS = frozenset({"inform", "affirm", "deny", "skip"})
"""Details and short answers: parts of their own only where something was asked."""
_SURE = {COMMA: 0.55, SENTENCE: 0.5, CONNECTIVE: 0.4}
"""How sure the classifier must be of a piece whose words show the intent, by what sets it apart."""
_SURE_WITHOUT_CUE = {COMMA: 0.7, SENTENCE: 0.6, CONNECTIVE: 0.5}
_SURE_OF_FEW_WORDS = 0.97
_FEW_WORDS = 5
_QUITE_SURE = 0.85
_NO_DOUBT = 0.95
_SHOWN = {COMMA: 0.35, SENTENCE: 0.12, CONNECTIVE: 0.01}
"""How much of the classifier's belief an intent needs that the words of a piece show."""
_OF_AN_ORDER = ("track_order", "urge_order", "cancel_order", "change_appointment")
_SHOWN_OF_AN_ORDER = 0.1
_ABOUT_VISITS = (
    "ask_question",
    "change_appointment",
    "urge_order",
    "add_information",
    "ask_human",
    "track_order",
)
"""What "can you come tomorrow" is taken for, beside the request that it belongs to."""
_TAKES_DETAILS = frozenset(
    {"report_fault", "add_information", "correct_information", "request_installation", "request_return"}
)
"""Matters that details said beside them belong to."""
_VISITED = ("report_fault", "request_installation")
_EASILY_SEEN = (
    "track_order",
    "ask_human",
    "urge_order",
    "add_information",
    "correct_information",
    "complain",
    "request_return",
    "report_fault",
    "report_hazard",
)
"""Intents that fragments of other matters are taken for."""
_BY_CUE = ("ask_human", "change_language")
_POLITE = frozenset({"greet", "thank", "goodbye"})
_ONE_CONCERN = tuple(
    map(
        frozenset,
        (
            ("track_order", "urge_order"),
            ("report_fault", "request_return"),
            ("report_fault", "complain"),
            ("report_fault", "correct_information"),
            ("report_fault", "report_hazard"),
            ("stop", "cancel_order"),
            ("stop", "report_fault"),
            ("ask_question", "report_hazard"),
            ("correct_information", "change_appointment"),
            ("correct_information", "request_return"),
        ),
    )
)
"""Pairs that, without a connective between them, are one concern told in two breaths."""
_ONE_SENTENCE = tuple(
    frozenset({"cancel_order", other})
    for other in ("urge_order", "request_installation", "request_return", "correct_information")
)
"""Pairs that, within a sentence, are one concern: why something is to be cancelled, or what."""
_ONE_STORY = tuple(
    map(
        frozenset,
        (
            ("report_fault", "add_information"),
            ("add_information", "correct_information"),
        ),
    )
)
"""Pairs that are one concern however they are joined, unless the fault is another appliance's."""
_CONTACT = frozenset({"phone", "person_name", "address"})
_ASKS_CONTACT = ("report_fault", "request_installation", "request_return", "complain")


@dataclass(frozen=True, slots=True)
class Matter:
    """Runs of pieces with one intent; `confidence` is the surest run's, whose ranking is `ranking`."""

    intent: str
    confidence: float
    runs: tuple[Run, ...]
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Told:
    """A message in pieces, with the classifier's ranking of every run of them."""

    text: str
    pieces: Sequence[Piece]
    entities: Sequence[Entity]
    rankings: Mapping[Run, Ranking]


def likely(told: Told) -> bool:
    """Whether at least two single pieces look like matters; their rankings alone are needed."""
    strengths = [piece.strength for piece in told.pieces]
    around = [max(pair) for pair in zip(strengths, [*strengths[1:], 0], strict=True)]
    return sum(_own(told, (i, i), strength or COMMA) is not None for i, strength in enumerate(around)) > 1


def surest(told: Told) -> Matter | None:
    """The single piece whose words show its intent, and of which the classifier has no doubt."""
    single = ((piece, (i, i), told.rankings[i, i]) for i, piece in enumerate(told.pieces))
    sure = [
        Matter(ranking[0][0], ranking[0][1], (run,), ranking)
        for piece, run, ranking in single
        if ranking[0][0] in SERVED and ranking[0][0] in piece.cues and ranking[0][1] >= _NO_DOUBT
    ]
    return max(sure, key=lambda matter: matter.confidence, default=None)


def matters(told: Told) -> tuple[Matter, ...]:
    """The message's matters in the order they are told; fewer than two means that it has one."""
    found = _divided(told, (0, len(told.pieces) - 1), None)
    apart: list[Matter] = []
    for matter in found:
        same = next((i for i, known in enumerate(apart) if _again(told, known, matter)), None)
        if same is None:
            apart.append(matter)
        else:
            apart[same] = replace(apart[same], runs=apart[same].runs + matter.runs)
    return tuple(apart)


def words_of(told: Told, found: Sequence[Matter]) -> list[str]:
    """The words of each matter, its runs joined with the text's own comma.

    A name, a phone number or an address told elsewhere goes with the matter that will ask for them as well.
    """
    text = told.text
    joint = "，" if any("\u3400" <= char <= "\u9fff" for char in text) else ", "
    stretches = [[span(told.pieces, run) for run in matter.runs] for matter in found]
    words = [[text[piece.start : piece.end] for piece in pieces] for pieces in stretches]
    asking = next((i for i, m in enumerate(found) if m.intent in _ASKS_CONTACT), None)
    if asking is not None:
        own = [piece for m, ps in zip(found, stretches, strict=True) if m.intent == "inform" for piece in ps]
        elsewhere = (
            e
            for e in told.entities
            if e.name in _CONTACT and e.end <= READ and not any(p.start <= e.start < p.end for p in own)
        )
        clauses = dict.fromkeys(clause_of(text, e.start, e.end) for e in elsewhere)
        words[asking] += [clause for clause in clauses if all(clause not in part for part in words[asking])]
    return [joint.join(part) for part in words]


def _divided(told: Told, run: Run, whole: Matter | None) -> list[Matter]:
    """The run cut where two different matters are surest to meet, each side again; uncut it is `whole`."""
    best: tuple[float, int, Matter, Matter] | None = None
    for cut in range(run[0] + 1, run[1] + 1):
        strength = told.pieces[cut].strength
        left, right = (_own(told, side, strength) for side in ((run[0], cut - 1), (cut, run[1])))
        if left is None or right is None or _one_concern(told, left, right, strength):
            continue
        score = min(left.confidence, right.confidence) + 0.2 * strength
        if best is None or score > best[0]:
            best = (score, cut, left, right)
    if best is None:
        return [whole] if whole else []
    _, cut, left, right = best
    return [*_divided(told, (run[0], cut - 1), left), *_divided(told, (cut, run[1]), right)]


def _own(told: Told, run: Run, strength: int) -> Matter | None:
    """The matter that a run confidently is, set apart so strongly; None if it is none.

    Where a connective or the end of a sentence sets it apart, what its words show may speak for an intent
    that is not the classifier's first.
    """
    piece, ranking = span(told.pieces, run), told.rankings[run]
    words = fold(told.text[:READ])[piece.start : piece.end]
    patterns = lexicon()
    if patterns.asides.fullmatch(words):
        return None
    intent, confidence = ranking[0]
    if intent in ANSWERS and strength > COMMA and confidence >= _SURE[SENTENCE]:
        return Matter(intent, confidence, (run,), ranking)
    if intent == "report_fault" and patterns.recovered.search(words):
        return None
    if (meant := _order_meant(piece, ranking)) is not None:
        return replace(meant, runs=(run,))
    if intent in SERVED and confidence >= _needed(intent, piece.cues, strength, words):
        return Matter(intent, max(confidence, 0.6), (run,), ranking)
    if intent not in _POLITE:
        shown = ((name, chance) for name, chance in ranking if name in _shown(piece, strength, words))
        intent, confidence = max(shown, key=lambda pair: pair[1], default=("", 0.0))
        if confidence >= _SHOWN[strength]:
            return Matter(intent, max(confidence, 0.6), (run,), ranking)
    return None


def _order_meant(piece: Piece, ranking: Ranking) -> Matter | None:
    """What is asked of an order whose appliance or question mark speaks louder than its own words."""
    chances = dict(ranking)
    about = [name for name in _OF_AN_ORDER if name in piece.cues]
    if ranking[0][0] not in ("report_fault", "ask_question") or ranking[0][0] in piece.cues or not about:
        return None
    intent = max(about, key=lambda name: chances.get(name, 0.0))
    return Matter(intent, 0.6, (), ranking) if chances.get(intent, 0.0) >= _SHOWN_OF_AN_ORDER else None


def _shown(piece: Piece, strength: int, words: str) -> frozenset[str]:
    """The intents that the words show; behind a mere comma few words show none, and no mark no question."""
    asks = frozenset({"ask_question"} if "asks" in piece.cues else ())
    if strength > COMMA:
        return piece.cues | asks
    return frozenset() if _few(words) else piece.cues - {"ask_question"} | (piece.cues & asks)


def _few(words: str) -> bool:
    return sum(1 if char > "\u3400" else 0.4 for char in words) < _FEW_WORDS


def _needed(intent: str, cues: frozenset[str], strength: int, words: str) -> float:
    """How sure the classifier must be of an intent."""
    if intent == "ask_question" and strength == COMMA and "asks" not in cues:
        return _QUITE_SURE
    if intent in cues or (intent == "ask_question" and "asks" in cues):
        return _SURE[strength]
    few = _few(words)
    if intent in _BY_CUE and strength < CONNECTIVE:
        return 1.0 if strength == COMMA else 0.93
    if few or (intent in _EASILY_SEEN and strength == COMMA):
        return _SURE_OF_FEW_WORDS if few else 0.88
    return _SURE_WITHOUT_CUE[strength]


def _one_concern(told: Told, one: Matter, other: Matter, strength: int) -> bool:
    """Whether two neighbours are one concern."""
    pair = frozenset({one.intent, other.intent})
    if pair & ANSWERS:
        return bool(pair & _TAKES_DETAILS) or pair <= ANSWERS
    if pair == {"report_fault"}:
        products = [_products(told, matter) for matter in (one, other)]
        shown = all(
            matter.confidence >= _QUITE_SURE or "report_fault" in _span(told, matter).cues
            for matter in (one, other)
        )
        return not (shown and all(products) and not products[0] & products[1])
    if len(pair) == 1:
        return other.intent != "ask_question" or (strength < CONNECTIVE and not _differ(told, one, other))
    if pair in _ONE_CONCERN:
        return strength < CONNECTIVE
    if strength == COMMA and _in_one_breath(told, one, other):
        return True
    if other.intent == "complain" and strength == COMMA:  # anger about the matter, unless it says more
        return "complain" not in _span(told, other).cues
    if strength < CONNECTIVE and any(m.intent in _VISITED for m in (one, other)):
        asks = [m for m in (one, other) if m.intent in _ABOUT_VISITS]
        if asks:
            return _wants_visit(told, asks[0])
    return pair in _ONE_STORY and not (other.intent == "report_fault" and _products(told, other))


def _differ(told: Told, one: Matter, other: Matter) -> bool:
    """Whether two questions name what they are about, and nothing in common."""
    folded = fold(told.text[:READ])
    about = [topics(folded[piece.start : piece.end]) for piece in (_span(told, one), _span(told, other))]
    return all(about) and not about[0] & about[1]


def _in_one_breath(told: Told, one: Matter, other: Matter) -> bool:
    """Whether two neighbours within a sentence are one concern."""
    pair = frozenset({one.intent, other.intent})
    if pair in _ONE_SENTENCE:
        return not all(matter.intent in _span(told, matter).cues for matter in (one, other))
    return pair in _ONE_STORY or (other.intent == "urge_order" and one.confidence < _QUITE_SURE)


def _wants_visit(told: Told, matter: Matter) -> bool:
    """Whether a matter only asks for the visit, soon, and speaks of no order."""
    piece = _span(told, matter)
    if matter.intent == "urge_order":
        return "track_order" not in piece.cues
    words = fold(told.text[:READ])[piece.start : piece.end]
    return matter.intent not in piece.cues and lexicon().visits.search(words) is not None


def _span(told: Told, matter: Matter) -> Piece:
    return span(told.pieces, matter.runs[0])


def _again(told: Told, one: Matter, other: Matter) -> bool:
    """Whether a matter goes on where it was left for another one."""
    if one.intent != other.intent or one.intent == "ask_question":
        return False
    return one.intent != "report_fault" or _one_concern(told, one, other, COMMA)


def _products(told: Told, matter: Matter) -> set[str]:
    inside = [span(told.pieces, run) for run in matter.runs]
    return {
        str(e.value)
        for e in told.entities
        if e.name == "product" and any(p.start <= e.start < p.end for p in inside)
    }
