"""Deciding what to do with a message: ordered rules, the first that matches wins."""

from __future__ import annotations

from collections.abc import Callable

from bot.dialogue import forms
from bot.dialogue.exchange import FALLBACK, Exchange
from bot.dialogue.fallback import not_understood
from handlers.human import asks_for_bot
from nlu.hazards import hazard

Rule = Callable[[Exchange], bool]

SILENT_EVENTS = ("left", "blocked", "unblocked")
ALWAYS = ("back_to_bot",)
NEVER_SILENT = ("restart",)
COVERS = 0.6


def decide(exchange: Exchange) -> None:
    """Apply the first rule that matches."""
    for rule in RULES:
        if rule(exchange):
            return
    raise AssertionError("the last rule always matches")


def channel_event(exchange: Exchange) -> bool:
    """Joining is greeted; leaving is only recorded."""
    event = exchange.heard.event
    if event == "joined":
        exchange.run("action_greet")
    return event in ("joined", *SILENT_EVENTS)


def further_photo(exchange: Exchange) -> bool:
    """More of an album: kept with the rest, answered once."""
    if not exchange.heard.group_repeat:
        return False
    exchange.run("action_keep_files")
    exchange.replies.clear()
    return True


def danger(exchange: Exchange) -> bool:
    """A safety hazard: advice before anything else, then a person."""
    kind = hazard(exchange.heard.text) if exchange.heard.text and not exchange.heard.payload else None
    if kind is None and exchange.message["intent"]["name"] != "report_hazard":
        return False
    exchange.message["metadata"]["hazard"] = kind
    exchange.run("action_report_hazard")
    return True


def person_has_it(exchange: Exchange) -> bool:
    """A person owns the conversation: the bot keeps what comes and stays silent."""
    if exchange.desk.owner == "bot":
        return False
    wanted = exchange.message["intent"]["name"]
    if wanted in ALWAYS or asks_for_bot(exchange.heard.text):
        exchange.run("action_back_to_bot")
        forms.resume(exchange)
    elif exchange.heard.payload:
        exchange.say("utter_person_has_it")
    else:
        exchange.run("action_keep_for_person")
    return True


def stale_choice(exchange: Exchange) -> bool:
    """A button of an earlier question: say so and ask the open one again."""
    if not exchange.heard.stale_choice:
        return False
    exchange.say("utter_stale_choice")
    forms.resume(exchange)
    return True


def unreadable(exchange: Exchange) -> bool:
    """Something we cannot read (a voice message, a sticker, an unknown kind) is kept and answered."""
    heard = exchange.heard
    said = heard.text or heard.payload or heard.contact or heard.location
    if said or not (heard.unsupported or heard.attachments):
        return False
    if "photo" in heard.attachment_kinds or "video" in heard.attachment_kinds:
        return False
    exchange.run("action_keep_files")
    kind = heard.unsupported or heard.attachment_kinds[0]
    known = kind in ("voice", "document", "sticker")
    exchange.say(f"utter_received_{kind}" if known else "utter_received_unknown")
    forms.resume(exchange)
    return True


def nothing_said(exchange: Exchange) -> bool:
    """An empty message gets the open question, or the offer of help."""
    heard = exchange.heard
    if heard.text or heard.payload or heard.attachments or heard.contact or heard.location:
        return False
    if exchange.memory.loop:
        forms.resume(exchange)
    else:
        exchange.say("utter_help")
    return True


def shared_outside_form(exchange: Exchange) -> bool:
    """A photo, place or contact card with no question open: kept, and asked what it is for."""
    heard = exchange.heard
    if exchange.memory.loop or heard.text or heard.payload:
        return False
    exchange.run("action_received_first")
    return True


def other_language(exchange: Exchange) -> bool:
    """"English please", "说中文": switch and go on where we were."""
    wanted = exchange.entities().get("language")
    if exchange.message["intent"]["name"] != "change_language" and not (
        wanted in ("zh", "en") and _covers(exchange, "language")
    ):
        return False
    exchange.run("action_change_language")
    forms.resume(exchange)
    return True


def expected_answer(exchange: Exchange) -> bool:
    """Yes or no to what was offered last outside a form."""
    expected = exchange.memory.slots.get("expects")
    if exchange.memory.loop or not expected or exchange.heard.payload:
        return False
    payload = expected.get(exchange.intent)
    if payload is None:
        return False
    exchange.mean(payload)
    return by_intent(exchange)


def open_question(exchange: Exchange) -> bool:
    """A form is active: an answer, a correction, or a digression after which it goes on."""
    memory = exchange.memory
    if memory.loop is None:
        return False
    if _settled(exchange):
        forms.proceed(exchange, forms.candidates(exchange))
        memory.misses = 0
        return True
    intent = exchange.intent
    found = forms.candidates(exchange)
    answered = forms.takes(exchange, intent) or memory.requested in found and _free_text(exchange)
    if not answered and _digress(exchange, intent):
        memory.misses = 0
        return True
    if found or answered or exchange.heard.attachments:
        forms.proceed(exchange, found)
        memory.misses = 0
        return True
    memory.misses += 1
    exchange.say("utter_not_an_answer" if memory.misses == 1 else "utter_not_an_answer_again")
    forms.resume(exchange)
    return True


def by_intent(exchange: Exchange) -> bool:
    """What the flows' rules say for the intent."""
    actions = exchange.script.domain.answer(None, exchange.intent)
    if actions is None:
        return False
    exchange.memory.misses = 0
    _perform(exchange, actions)
    return True


def unclear(exchange: Exchange) -> bool:
    """Nothing matched: a clarifying question, then the offer of a person."""
    not_understood(exchange)
    return True


RULES: tuple[Rule, ...] = (
    channel_event,
    further_photo,
    danger,
    person_has_it,
    stale_choice,
    unreadable,
    nothing_said,
    shared_outside_form,
    other_language,
    expected_answer,
    open_question,
    by_intent,
    unclear,
)


def _digress(exchange: Exchange, intent: str) -> bool:
    """Answer something else while a form is open, then ask its question again; False if there is no rule."""
    memory = exchange.memory
    loop = memory.loop
    actions = exchange.script.domain.answer(loop, intent)
    if not actions or intent == FALLBACK or actions == (loop,):
        return False
    _perform(exchange, actions)
    if memory.loop == loop and exchange.desk.owner == "bot":
        forms.resume(exchange)
    return True


def _perform(exchange: Exchange, actions: tuple[str, ...]) -> None:
    for action in actions:
        if action in exchange.script.domain.forms:
            forms.activate(exchange, action)
        else:
            exchange.run(action)


def _settled(exchange: Exchange) -> bool:
    """Whether the open question is answered without the classifier: a shared card, or the whole text."""
    heard, requested = exchange.heard, exchange.memory.requested
    if not heard.text and not heard.payload:
        return True
    mappings = exchange.script.domain.mappings(requested) if requested else []
    return any(m.get("type") == "from_entity" and _covers(exchange, m["entity"]) for m in mappings)


def _free_text(exchange: Exchange) -> bool:
    mappings = exchange.script.domain.mappings(str(exchange.memory.requested))
    return any(mapping.get("type") == "from_text" for mapping in mappings)


def _covers(exchange: Exchange, name: str) -> bool:
    """Whether that entity is most of what was written."""
    length = len(exchange.message["text"].strip()) or 1
    return any(
        e["entity"] == name and "start" in e and (e["end"] - e["start"]) / length >= COVERS
        for e in exchange.message["entities"]
    )
