"""What the desk asked of its own accord, a survey for example: which words answer it, and which do not."""

from __future__ import annotations

from dataclasses import dataclass

from bot.dialogue.exchange import Exchange
from handlers.asked import Told
from nlu import parts

SHORTEST = 2


@dataclass(frozen=True, slots=True)
class First:
    """The first words of a message, and the button they stand for."""

    words: str
    payload: str


def payload_of(exchange: Exchange) -> str | None:
    """The button that a message in words stands for where something waits for an answer."""
    if not _may_answer(exchange) or exchange.intent in exchange.expected:
        return None
    exchange.glance()
    understanding = exchange.heard.understanding
    several = tuple(part.intent for part in understanding.parts) if understanding else ()
    slots = exchange.memory.slots
    told = Told(
        exchange.heard.text, exchange.intent, exchange.confidence, exchange.entities(), slots, several
    )  # fmt: skip
    return _answered(exchange, told)


def answer_first(exchange: Exchange) -> First | None:
    """An answer with something else behind it: "he was very nice. By the way, my washer leaks"."""
    if not _may_answer(exchange):
        return None
    words, rest = parts.first_clause(exchange.heard.text)
    if not rest or len(words) < SHORTEST:
        return None
    payload = _answered(exchange, Told(words, "", 0.0, {}, exchange.memory.slots))
    return First(words, payload) if payload else None


def _may_answer(exchange: Exchange) -> bool:
    heard, memory = exchange.heard, exchange.memory
    waits = any(memory.slots.get(name) for name in exchange.script.asked)
    told = heard.text and not heard.payload and not heard.edited
    return bool(waits and told) and memory.loop is None and exchange.desk.owner == "bot"


def _answered(exchange: Exchange, told: Told) -> str | None:
    asked, slots = exchange.script.asked, exchange.memory.slots
    return next((found for name in asked if slots.get(name) and (found := asked[name](told))), None)
