"""Whether a message answers the open question of a form, or leads away from it."""

from __future__ import annotations

from bot.dialogue import forms
from bot.dialogue.exchange import Exchange

TELLING = ("report_fault", "add_information", "correct_information", "inform")
"""Intents that tell the open form something rather than lead away from it."""
FAULTS = ("symptom", "error_code")
POLITE = ("greet", "thank", "goodbye", "make_suggestion")
"""Intents that give way to details said with them: "thanks, my name is Tom"."""
TIMES = ("date", "time")


def answered(exchange: Exchange) -> bool:
    """Whether the message answers the open question, or tells the form something else of its own."""
    if forms.broken_meanwhile(exchange):
        return False
    requested = str(exchange.memory.requested)
    mappings = exchange.script.domain.mappings(requested) if exchange.memory.requested else []
    if any(m.get("type") == "from_entity" and exchange.covers(m["entity"]) for m in mappings):
        return True
    if not exchange.heard.text and not exchange.heard.payload:
        return True
    intent = exchange.intent
    if forms.takes(exchange, intent):
        return True
    found = forms.candidates(exchange)
    if requested in found and any(m.get("type") == "from_text" for m in mappings):
        return True
    if intent == "urge_order" and "urgency" in found:
        return True
    told = exchange.entities()
    if intent == "report_fault" and forms.refuses(exchange, intent):
        return False
    if intent == "change_appointment" and "window" in found and any(name in told for name in TIMES):
        return True
    tells = bool(found) or any(name in told for name in FAULTS)
    return (intent in (*TELLING, *POLITE) and tells) or (intent == "correct_information" and "date" in told)
