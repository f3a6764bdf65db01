"""Anger: one apologising sentence, then on with what was said, or an offer where nothing else was."""

from __future__ import annotations

from bot.dialogue import forms
from bot.dialogue.exchange import Exchange
from bot.dialogue.message import FALLBACK
from handlers.mood import demands, has_grounds, rages, short_of_words

DETAILS = ("product", "model", "symptom", "error_code", "since", "phone", "address", "purchase_date")
NOTHING_ELSE = ("complain", "out_of_scope", "make_suggestion", FALLBACK)
"""Intents of words that say no more than that somebody is angry."""


def anger(exchange: Exchange) -> bool:
    """Apologise once a day; True where nothing else was said and the offer is made.

    A complaint that says what it is about is left to its own flow.
    """
    heard, memory = exchange.heard, exchange.memory
    vents = exchange.message["intent"]["name"] == "complain" and short_of_words(heard.text)
    if heard.payload or not (vents or rages(heard.text)):
        return False
    if exchange.intent == "complain" and has_grounds(heard.text) and not _wants_repair(exchange):
        return False
    only = exchange.intent in NOTHING_ELSE
    today = exchange.desk.local_now.date().isoformat()
    again = memory.slots.get("soothed") == today
    memory.slots["soothed"] = today
    if not only:
        if not again:
            exchange.say("utter_sorry")
        return False
    exchange.glance()
    if any(name in DETAILS for name in exchange.entities()):
        exchange.say("utter_sorry")
        exchange.message["intent"] = {"name": "report_fault", "confidence": 1.0}
        return False
    _soothe(exchange, again)
    return True


def _wants_repair(exchange: Exchange) -> bool:
    """Whether the angry words tell an appliance's fault, and demand no complaint."""
    if demands(exchange.heard.text):
        return False
    exchange.glance()
    told = exchange.entities()
    return "product" in told and ("symptom" in told or "error_code" in told)


def _soothe(exchange: Exchange, again: bool) -> None:
    if again:
        exchange.say("utter_sorry_again")
    else:
        exchange.say("utter_sorry" if exchange.memory.loop else "utter_sorry_offer")
    forms.resume(exchange)
