"""Threats, and money asked back: what makes a message a complaint before all else, or a return."""

from __future__ import annotations

from bot.dialogue.exchange import Exchange
from handlers.complaints import assessing
from handlers.plans import RETURN


def complaint_first(text: str, form: str | None) -> bool:
    """Whether the words are a complaint before all else, with that form open."""
    return assessing.interrupts(text, in_form=form is not None, returning=form == RETURN)


def money_back(exchange: Exchange) -> bool:
    """A fault told with the wish to have it taken back, or the money, is a return, not a report.

    So is giving up with that wish: "退了算了". The rules behind serve it as that.
    """
    heard, loop = exchange.heard, exchange.memory.loop
    wanted = assessing.goes_back(heard.text) or assessing.money_back(heard.text)
    if heard.payload or loop == RETURN or not wanted:
        return False
    if exchange.intent in (("stop",) if loop else ("stop", "report_fault", "correct_information")):
        exchange.message["intent"] = {"name": "request_return", "confidence": 1.0}
    return False
