"""Deciding what to do with a message: ordered rules, the first that matches wins."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.dialogue import forms
from bot.dialogue.advised import advised
from bot.dialogue.anger import anger
from bot.dialogue.answering import FAULTS, POLITE, TELLING, answered
from bot.dialogue.asked import answer_first, payload_of
from bot.dialogue.exchange import Exchange
from bot.dialogue.fallback import bare_product, named_fault, not_understood
from bot.dialogue.message import FALLBACK
from bot.dialogue.money import complaint_first, money_back
from handlers import callback
from handlers.human import asks_for_bot, gives_up, nobody_came
from handlers.plans import COMPLAINT
from handlers.telling import only_powered
from nlu.hazards import hazard

Rule = Callable[[Exchange], bool]

SILENT_EVENTS = ("left", "blocked", "unblocked")
READABLE = ("photo", "video")
SHORT_ANSWERS = ("affirm", "deny", "skip", "go_back", "resume")
GLOBAL_CHOICES = (
    "report_fault",
    "track_order",
    "ask_human",
    "ask_callback",
    "greet",
    "help",
    "back_to_bot",
    "helpful",
    "not_helpful",
    "show_article",
    "confirm_result",
    "reopen_order",
    "approve_quotation",
    "decline_quotation",
    "rate_service",
    "resume_notices",
    "stop_notices",
    "survey_reason",
    "visit_answered",
    "unlink_accounts",
)
"""Buttons that keep their meaning when a later message has followed them."""
COVERS = 0.6
_SIGNS = re.compile(r"[\s?？!！.。…,，、~～]*")


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
    """More of an album: kept with the rest, answered once; words under it are heard like any other."""
    return exchange.heard.group_repeat and not exchange.heard.text


def danger(exchange: Exchange) -> bool:
    """A safety hazard: advice before anything else, then a person."""
    kind = hazard(exchange.heard.text) if exchange.heard.text and not exchange.heard.payload else None
    if kind is None and exchange.message["intent"]["name"] != "report_hazard":
        return False
    if kind is None and exchange.memory.loop and only_powered(exchange.heard.text):
        exchange.message["intent"] = {"name": "inform", "confidence": 1.0}
        return False
    exchange.glance()
    exchange.message["metadata"]["hazard"] = kind
    exchange.run("action_report_hazard")
    return True


def hand_over(exchange: Exchange) -> bool:
    """A person is wanted, whatever else the message says."""
    exchange.memory.misses = 0
    _perform(exchange, exchange.script.domain.rules[None, "ask_human"])
    return True


def person_has_it(exchange: Exchange) -> bool:
    """A person owns the conversation: the bot keeps what comes and stays silent."""
    if not exchange.desk.with_person:
        if not asks_for_bot(exchange.heard.text):
            return False
        exchange.run("action_greet")
        forms.resume(exchange)
        return True
    wanted = exchange.message["intent"]["name"]
    if wanted in ("back_to_bot", "restart") or asks_for_bot(exchange.heard.text):
        exchange.run("action_back_to_bot")
        forms.resume(exchange)
    elif gives_up(exchange.desk, exchange.heard.text):
        return _back_with(exchange)
    elif wanted == "ask_callback" or (
        exchange.desk.owner == "queue" and callback.wishes(exchange.heard.text)
    ):
        _perform(exchange, exchange.script.domain.rules[None, "ask_callback"])
    elif exchange.heard.payload:
        exchange.say("utter_person_has_it")
    else:
        exchange.glance()
        exchange.run("action_keep_for_person")
        forms.overhear(exchange)
    return True


def _back_with(exchange: Exchange) -> bool:
    """Nobody is waited for any longer: what else the message says is heard as any other."""
    exchange.glance()
    if not exchange.message["entities"]:
        exchange.run("action_back_to_bot")
        forms.resume(exchange)
        return True
    exchange.desk.take_back()
    exchange.memory.slots["handover"] = None
    return False


def stale_choice(exchange: Exchange) -> bool:
    """A button of an earlier question: say so and ask the open one again."""
    if not exchange.heard.stale_choice or exchange.message["intent"]["name"] in GLOBAL_CHOICES:
        return False
    exchange.say("utter_stale_choice")
    forms.resume(exchange)
    return True


def edited(exchange: Exchange) -> bool:
    """A message changed afterwards: details of it correct the open form, the rest is only recorded."""
    memory = exchange.memory
    if not exchange.heard.edited or memory.loop is None:
        return False
    exchange.glance()
    found = {
        s: v for s, v in forms.candidates(exchange).items() if s != memory.requested or exchange.covers(s)
    }
    if found:
        forms.proceed(exchange, found)
    else:
        exchange.say("utter_edit_noted")
    return True


def unreadable(exchange: Exchange) -> bool:
    """Something we cannot read (a voice message, a sticker, an unknown kind) is kept and answered."""
    heard = exchange.heard
    said = heard.text or heard.payload or heard.contact or heard.location
    if said or not (heard.unsupported or heard.attachments):
        return False
    if set(heard.attachment_kinds) & set(READABLE):
        return False
    kind = heard.unsupported or heard.attachment_kinds[0]
    named = f"utter_received_{kind}"
    exchange.say(named if named in exchange.script.wording else "utter_received_unknown")
    forms.resume(exchange)
    return True


def nothing_said(exchange: Exchange) -> bool:
    """An empty message, or a mere "?", gets the open question, or the offer of help."""
    heard = exchange.heard
    if (
        not _SIGNS.fullmatch(heard.text)
        or heard.payload
        or heard.attachments
        or heard.contact
        or heard.location
    ):
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
    """ "English please", "说中文": switch and go on where we were."""
    if exchange.message["intent"]["name"] != "change_language" and not exchange.covers("language"):
        return False
    exchange.run("action_change_language")
    forms.resume(exchange)
    return True


def expected_answer(exchange: Exchange) -> bool:
    """Yes or no to what was offered last: it means what the button would have meant."""
    if not exchange.expected or exchange.heard.payload or not exchange.heard.text:
        return False
    payload = exchange.expected.get(exchange.intent)
    asks_otherwise = not exchange.expected.get("wait") and forms.takes(exchange, exchange.intent)
    if payload is None or asks_otherwise:
        return False
    exchange.mean(payload)
    return _digress(exchange, exchange.intent) if exchange.memory.loop else by_intent(exchange)


def said_anywhere(exchange: Exchange) -> bool:
    """Words that mean a button whatever is open, e.g. that no more messages are wanted."""
    text = exchange.heard.text
    payload = next((found for said in exchange.script.anywhere if (found := said(text))), None)
    if exchange.heard.payload or payload is None:
        return False
    exchange.mean(payload)
    return _digress(exchange, exchange.intent) if exchange.memory.loop else by_intent(exchange)


def answers_asked(exchange: Exchange) -> bool:
    """Words that answer what the desk asked of its own accord; a request behind the answer goes on."""
    payload = payload_of(exchange)
    if payload is not None:
        exchange.mean(payload)
        return by_intent(exchange)
    first = answer_first(exchange)
    if first is not None:
        whole = exchange.message
        exchange.mean(first.payload)
        exchange.message["metadata"] = {**whole["metadata"], "words": first.words}
        by_intent(exchange)
        exchange.message = whole
    return False


def complains(exchange: Exchange) -> bool:
    """A complaint before all else: a threat, money back for a failed repair, in a form what opens as one."""
    heard, memory = exchange.heard, exchange.memory
    if heard.payload or not heard.text or memory.loop == COMPLAINT:
        return False
    if not complaint_first(heard.text, memory.loop):
        return False
    exchange.glance()
    exchange.message["intent"] = {"name": "complain", "confidence": 1.0}
    return _digress(exchange, "complain") if memory.loop else by_intent(exchange)


def plain_words(exchange: Exchange) -> bool:
    """Words that the open form, or with none a flow, knows for a button mean that button."""
    memory, text = exchange.memory, exchange.heard.text
    if exchange.heard.payload or not text:
        return False
    if memory.loop is None:
        payload = next((found for said in exchange.script.said if (found := said(text))), None)
    else:
        meant = exchange.script.meant.get(memory.loop)
        payload = meant(memory.requested, text, memory.slots) if meant else None
    if payload is None:
        return False
    exchange.mean(payload)
    return open_question(exchange) if memory.loop else by_intent(exchange)


def open_question(exchange: Exchange) -> bool:
    """A form is active: an answer, a correction, or a digression after which it goes on."""
    memory = exchange.memory
    if memory.loop is None:
        return False
    exchange.glance()
    if exchange.intent == "ask_human" and nobody_came(exchange.heard.text):
        exchange.message["intent"] = {"name": "inform", "confidence": 1.0}
    shows = bool(exchange.heard.attachments) and exchange.intent in (*SHORT_ANSWERS, *POLITE)
    if not shows and not answered(exchange) and _digress(exchange, exchange.intent):
        memory.misses = 0
        return True
    found = forms.candidates(exchange)
    tells = exchange.intent in TELLING or any(name in exchange.entities() for name in (*FAULTS, "date"))
    if found or exchange.heard.attachments or tells or forms.looks_itself(exchange):
        memory.misses = 0
        forms.proceed(exchange, found)
        return True
    memory.misses += 1
    exchange.say("utter_not_an_answer" if memory.misses == 1 else "utter_not_an_answer_again")
    forms.resume(exchange)
    return True


def by_intent(exchange: Exchange) -> bool:
    """What the flows' rules say for the intent; an action with nothing to say leaves it to the next rule."""
    actions = exchange.script.domain.rules.get((None, exchange.intent))
    if actions is None:
        return False
    misses, exchange.memory.misses = exchange.memory.misses, 0
    _perform(exchange, actions)
    if exchange.replies or exchange.memory.loop is not None or exchange.desk.owner != "bot":
        return True
    exchange.memory.misses = misses
    return False


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
    edited,
    unreadable,
    nothing_said,
    shared_outside_form,
    other_language,
    said_anywhere,
    answers_asked,
    complains,
    anger,
    expected_answer,
    money_back,
    named_fault,
    plain_words,
    advised,
    open_question,
    bare_product,
    by_intent,
    unclear,
)


def _digress(exchange: Exchange, intent: str) -> bool:
    """Answer something else while a form is open, then ask its question again; False if there is no rule."""
    memory, domain = exchange.memory, exchange.script.domain
    loop = memory.loop
    intent = "stop" if _nothing_else_to_cancel(exchange, intent) else intent
    actions = domain.rules.get((loop, intent))
    if actions is None and intent in SHORT_ANSWERS:
        if intent == "affirm" and not exchange.heard.payload:
            exchange.say("utter_listening")
        forms.resume(exchange)
        return True
    if actions is None and intent in ("stop", "restart"):
        forms.leave(exchange)
        return True
    actions = actions or domain.rules.get((None, intent))
    if not actions or intent in (FALLBACK, "inform"):
        return False
    _perform(exchange, actions)
    waits = (memory.slots.get("expects") or {}).get("wait")
    if memory.loop == loop and exchange.desk.owner == "bot" and not waits:
        forms.resume(exchange)
    return True


def _nothing_else_to_cancel(exchange: Exchange, intent: str) -> bool:
    """Whether "cancel it" can only mean what is being asked about."""
    orders = (order for order in exchange.desk.orders() if order.open)
    return intent == "cancel_order" and not exchange.covers("order_number") and not any(orders)


def _perform(exchange: Exchange, actions: tuple[str, ...]) -> None:
    for action in actions:
        if action in exchange.script.domain.forms:
            forms.activate(exchange, action)
            continue
        before = exchange.memory.loop
        exchange.run(action)
        if exchange.memory.loop not in (None, before):
            forms.begin(exchange)
