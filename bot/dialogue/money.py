"""Threats, and money asked back: what makes a message a complaint before all else, or a return."""

from __future__ import annotations

from bot.dialogue.exchange import Exchange
from handlers.complaints import assessing
from handlers.plans import RETURN


def complaint_first(text: str, form: str | None) -> bool:
    """Whether the words are a complaint before all else, with that form open."""
    return assessing.interrupts(text, in_form=form is not None, returning=form == RETURN)


def money_back(exchange: Exchange) -> bool:
    """A fault told with the money asked back is a return, not a report; the rules behind serve it as that."""
    heard = exchange.heard
    asked = not heard.payload and exchange.memory.loop is None and assessing.money_back(heard.text)
    if asked and exchange.intent == "report_fault":
        exchange.message["intent"] = {"name": "request_return", "confidence": 1.0}
    return False
