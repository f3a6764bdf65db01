"""Several matters in one message: quick answers first, then the flow that asks; others that ask wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.dialogue import asked, forms, policy
from bot.dialogue.answering import TELLING
from bot.dialogue.exchange import Exchange
from bot.dialogue.heard import Heard, NotUnderstoodYet
from bot.dialogue.money import complaint_first
from handlers.complaints.assessing import assess, money_back, opens
from nlu import parts
from nlu.settling import short_answer
from nlu.understanding import Entity, Understanding

QUICK = (
    "change_language",
    "inform",
    "make_suggestion",
    "ask_question",
    "add_information",
    "correct_information",
    "track_order",
    "change_appointment",
    "cancel_order",
    "urge_order",
)
"""Matters that an answer settles, in the order they are served; the last may end with a person."""
ASKING = ("report_fault", "request_installation", "request_return", "complain")
"""Flows that ask questions; those that end with a person come last."""
RETURNED = {"report_fault", "request_return"}
"""A fault and the money asked back for it are one matter, a return."""
FIRST = ("report_hazard", "ask_human")
"""What wins over everything else."""
ANSWERS = ("affirm", "deny", "skip")
CONTACT = ("person_name", "phone", "address")
OPEN_ENDS = ("utter_which_order", "utter_which_correction", "utter_tell_me_more")
"""Replies that wait for an answer although no form is open."""
ABOUT_ANSWERS = ("/helpful", "/not_helpful", "/no_article")
"""What may be said of an answer, or not: nothing waits for it."""
WORDS_SHOWN = 60


def take(exchange: Exchange) -> None:
    """Decide on a message: on each of its matters where it has several; then on what was left for later."""
    waiting = bool(exchange.memory.later)
    matters = _matters(exchange)
    if not matters:
        policy.decide(exchange)
    elif not _comes_first(exchange, matters):
        _serve(exchange, matters)
    if exchange.memory.later and exchange.desk.owner != "bot":
        later, exchange.memory.later = exchange.memory.later, []
        _give_to_person(exchange, [_restored(matter) for matter in later])
    elif waiting:
        _go_on(exchange)


def _matters(exchange: Exchange) -> tuple[Understanding, ...]:
    """The message's matters, where it has several that may be served one by one."""
    heard, memory = exchange.heard, exchange.memory
    if not heard.text or heard.payload or heard.edited or heard.event or exchange.desk.owner != "bot":
        return ()
    if _wants_words(exchange) or asked.payload_of(exchange) is not None:
        return ()
    if heard.understanding is None:
        if any(p.strength == parts.CONNECTIVE or p.cues for p in parts.split(heard.text, ())[1:]):
            raise NotUnderstoodYet
        return ()
    if complaint_first(heard.text, memory.loop):
        return ()
    if memory.loop:
        return heard.understanding.parts or _answer_first(exchange)
    several = heard.understanding.parts
    if opens(heard.text) and not any(p.strength == parts.CONNECTIVE for p in parts.split(heard.text, ())[1:]):
        exchange.message["intent"] = {"name": "complain", "confidence": 1.0}
        return ()
    wins = any(part.intent in FIRST for part in several)
    matters = tuple(part for part in several if wins or _matters_unasked(part))
    if len(matters) > 1 and _one_complaint(matters):
        exchange.message["intent"] = {"name": "complain", "confidence": 1.0}
        return ()
    if {matter.intent for matter in matters} == RETURNED and money_back(heard.text):
        exchange.message["intent"] = {"name": "request_return", "confidence": 1.0}
        return ()
    return matters if len(matters) > 1 else ()


def _one_complaint(matters: Sequence[Understanding]) -> bool:
    """Whether what stands beside a complaint only says what is asked for: "…, I want a replacement".

    Before it, only the money, without naming for what: "refund! …".
    """
    at = next((i for i, part in enumerate(matters) if part.intent == "complain"), None)
    if at is None:
        return False
    money = all(money_back(part.text) and not part.entity("product") for part in matters[:at])
    return money and all(assess(part.text).demands for part in matters[at + 1 :])


def _matters_unasked(part: Understanding) -> bool:
    """Whether a part says something where nothing was asked: an answer does not, a name or a phone does."""
    if part.intent == "inform":
        return any(part.entity(name) for name in CONTACT)
    return part.intent not in (*ANSWERS, "stop")


def _wants_words(exchange: Exchange) -> bool:
    """Whether the open question takes all that is said, as it is."""
    memory = exchange.memory
    if memory.loop is None or memory.loop in exchange.script.meant or not memory.requested:
        return False
    mappings = exchange.script.domain.mappings(memory.requested)
    return any(mapping.get("type") == "from_text" for mapping in mappings)


def _answer_first(exchange: Exchange) -> tuple[Understanding, ...]:
    """A short answer to the open question and a matter behind it: "no; by the way, do you charge?"."""
    whole = exchange.heard.understanding
    assert whole is not None
    first, rest = parts.first_clause(whole.text)
    intent = short_answer(first) if rest else None
    elsewhere = whole.intent in QUICK and whole.intent not in TELLING
    if intent not in ANSWERS or not elsewhere or not forms.takes(exchange, str(intent)):
        return ()
    behind = len(whole.text) - len(rest)
    moved = (
        replace(e, start=e.start - behind, end=e.end - behind) for e in whole.entities if e.start >= behind
    )
    answer = Understanding(first, str(intent), 1.0, ((str(intent), 1.0),), (), whole.language)
    return answer, replace(whole, text=rest, entities=tuple(moved))


def _comes_first(exchange: Exchange, matters: Sequence[Understanding]) -> bool:
    """Danger and the wish for a person win: the whole message goes there."""
    intents = {matter.intent for matter in matters}
    for intent, rule in zip(FIRST, (policy.danger, policy.hand_over), strict=True):
        if intent in intents:
            exchange.message["intent"] = {"name": intent, "confidence": 1.0}
            return rule(exchange)
    return policy.danger(exchange)


def _serve(exchange: Exchange, matters: Sequence[Understanding]) -> None:
    """Every matter in a sensible order; at most one of them asks, and what it asks stands at the end."""
    memory = exchange.memory
    memory.misses = 0
    busy = memory.loop in exchange.script.drafts
    queue = sorted(matters, key=lambda matter: _place(matter.intent, busy))
    left = [m for m in queue if busy and m.intent in ASKING and m.intent not in TELLING]
    queue = [m for m in queue if m not in left]
    last = exchange
    asks = False
    for i, matter in enumerate(queue):
        rest = queue[i + 1 :]
        before = memory.loop
        last = _part(exchange, _of_device(matter, matters), aside=bool(rest) or busy)
        policy.decide(last)
        open_ended = _open_ended(last, before)
        _add(exchange, last, plain=bool(rest or busy) and not open_ended)
        asks = asks or last.held
        if exchange.desk.owner != "bot":
            _give_to_person(exchange, [*rest, *left])
            return
        if rest and open_ended:
            left = [*rest, *left]
            break
    if left:
        memory.later.extend(_stored(matter) for matter in left)
        exchange.say("utter_rest_later", {"words": _quoted(left)})
    if asks:
        last.holding, last.replies, last.said = False, [], []
        forms.resume(last)
        _add(exchange, last)


def _place(intent: str, busy: bool) -> int:
    """Where a matter stands in the order; what the open form is told comes behind the quick answers."""
    if intent in ANSWERS or (busy and intent in TELLING):
        return len(QUICK)
    order = (*QUICK, "", *ASKING)
    return order.index(intent) if intent in order else len(QUICK)


def _of_device(matter: Understanding, matters: Sequence[Understanding]) -> Understanding:
    """A question that names no appliance is about the one named right before it."""
    at = matters.index(matter)
    if matter.intent != "ask_question" or matter.entity("product") or not at:
        return matter
    before = matters[at - 1].entity("product")
    meant = replace(before, text="", start=0, end=0) if before else None
    return replace(matter, entities=(*matter.entities, meant)) if meant else matter


def _part(exchange: Exchange, matter: Understanding, aside: bool) -> Exchange:
    """The decision on one matter as if it were a message; its form's question is held back."""
    heard = exchange.heard
    told = Heard(
        text=matter.text,
        understanding=matter,
        sender_name=heard.sender_name,
        language=heard.language,
    )
    return Exchange(told, exchange.memory, exchange.desk, exchange.script, holding=True, aside=aside)


def _add(exchange: Exchange, part: Exchange, plain: bool = False) -> None:
    """Add what was said on a part; `plain` without buttons, where another question follows."""
    keeps = "utter_which_article" in part.said
    replies = [replace(r, buttons=()) if plain and not keeps else r for r in part.replies]
    exchange.replies.extend(r for r in replies if r.text or r.buttons or r.image or r.custom)
    exchange.said.extend(part.said)


def _open_ended(part: Exchange, before: str | None) -> bool:
    """Whether the customer is asked something now that was not open before."""
    memory = part.memory
    if memory.loop not in (None, before) or any(name in OPEN_ENDS for name in part.said):
        return True
    if _waits(memory.slots.get("expects")):
        return True
    if part.aside:
        memory.slots["expects"] = None
    return False


def _waits(expects: dict[str, Any] | None) -> bool:
    """Whether a yes or no is waited for that decides something."""
    meanings = [str(v) for v in (expects or {}).values() if isinstance(v, str)]
    return bool(expects) and not all(meaning.startswith(ABOUT_ANSWERS) for meaning in meanings)


def _give_to_person(exchange: Exchange, rest: Sequence[Understanding]) -> None:
    """A person has the conversation now: they get what is left of the message as well."""
    if not rest:
        return
    told = "; ".join(matter.text for matter in rest)
    handover = dict(exchange.memory.slots.get("handover") or {})
    exchange.memory.slots["handover"] = {**handover, "note": f"{handover.get('note') or ''}; {told}"[:500]}
    order = exchange.desk.find_order(str(handover["order"])) if handover.get("order") else None
    if order is not None:
        exchange.desk.note(order, f"customer also says: {told[:300]}")
    exchange.say("utter_rest_for_person", {"words": _quoted(rest)})


def _go_on(exchange: Exchange) -> None:
    """Begin what was left for later, once nothing else is open."""
    memory = exchange.memory
    while memory.later and _idle(exchange):
        matter = _restored(memory.later.pop(0))
        exchange.say("utter_now_the_other", {"words": _quoted([matter])})
        part = _part(exchange, matter, aside=False)
        part.holding = False
        policy.decide(part)
        _add(exchange, part)


def _idle(exchange: Exchange) -> bool:
    memory = exchange.memory
    if exchange.heard.event or exchange.desk.owner != "bot" or memory.loop or memory.suspended:
        return False
    return not _waits(memory.slots.get("expects"))


def _quoted(matters: Sequence[Understanding]) -> str:
    told = " / ".join(" ".join(matter.text.split()) for matter in matters)
    return told if len(told) <= WORDS_SHOWN else told[: WORDS_SHOWN - 1] + "…"


def _stored(matter: Understanding) -> dict[str, Any]:
    parsed = matter.as_rasa()
    return {"text": matter.text, "intent": matter.intent, "entities": parsed["entities"]}


def _restored(stored: dict[str, Any]) -> Understanding:
    text, intent = str(stored["text"]), str(stored["intent"])
    entities = tuple(
        Entity(
            e["entity"], e["value"], text[e["start"] : e["end"]], e["start"], e["end"], e["confidence_entity"]
        )
        for e in stored["entities"]
    )
    return Understanding(text, intent, 1.0, ((intent, 1.0),), entities)
