"""When a message is not understood: one short question with the likeliest choices, then a person."""

from __future__ import annotations

import json
from typing import Any

from bot.dialogue.exchange import Exchange
from bot.dialogue.message import FALLBACK
from handlers.telling import DETAIL_ENTITIES, asks_something, fault_told, leftover
from nlu.parts import lexicon
from nlu.text import clip, fold

CHOICES = 3
PERHAPS = 0.1
"""The belief that a text is the desk's business from which an article may answer what no intent fits."""
CARRIED = ("product", "brand", "model", "error_code")


def not_understood(exchange: Exchange) -> None:
    """Answer what an article surely answers; else ask which of the likeliest intents was meant.

    At the second miss in a row a person is offered.
    """
    memory = exchange.memory
    if _has_an_article(exchange):
        memory.misses = 0
        exchange.run("action_answer_question")
        return
    memory.misses += 1
    if memory.misses > 1 and not exchange.covers("product"):
        exchange.say("utter_offer_person")
        return
    if exchange.heard.text.strip().isdigit():
        exchange.say("utter_help")
        return
    if (named := exchange.entities().get("product")) and not memory.slots.get("product"):
        memory.slots["product"] = named
    likely = _likely(exchange)
    if len(likely) < 2:
        exchange.say("utter_out_of_scope")
        return
    exchange.speak(
        {"response": "utter_which_of_these", "buttons": [_choice(exchange, name) for name in likely]}
    )


def bare_product(exchange: Exchange) -> bool:
    """An appliance and nothing else asks for nothing yet, however sure it looks."""
    heard = exchange.heard
    if heard.payload or heard.attachments or not exchange.covers("product"):
        return False
    exchange.glance()
    if leftover(exchange.message, DETAIL_ENTITIES):
        return False
    not_understood(exchange)
    return True


def named_fault(exchange: Exchange) -> bool:
    """An appliance and what is wrong with it are a report, where nothing is likelier: "空调 E1 了 help"."""
    heard, told = exchange.heard.understanding, exchange.entities()
    if heard is None or exchange.memory.loop or exchange.intent != FALLBACK or "product" not in told:
        return False
    if heard.intent == "report_fault" and ("symptom" in told or "error_code" in told):
        exchange.message["intent"] = {"name": "report_fault", "confidence": heard.confidence}
    return False


def _has_an_article(exchange: Exchange) -> bool:
    """Whether the words ask something, perhaps of our business, that an article surely answers."""
    heard, text = exchange.heard.understanding, exchange.heard.text
    bare = leftover(exchange.message, DETAIL_ENTITIES, fillers=False)
    if heard is None or heard.in_scope < PERHAPS or not asks_something(bare):
        return False
    if lexicon().cues["asks"].search(fold(clip(text))) is None:
        return False
    product = exchange.entities().get("product")
    hits = exchange.desk.answers(text, heard.language, str(product) if product else None, 1)
    return bool(hits) and hits[0].confident


def _likely(exchange: Exchange) -> list[str]:
    """Up to three intents that a customer can choose, most likely first; none for a text out of scope."""
    heard = exchange.heard.understanding
    if (
        heard is None
        or heard.confidence < exchange.script.clarify
        or heard.in_scope < exchange.script.clarify
    ):
        return []
    return choosable(exchange)[:CHOICES]


def choosable(exchange: Exchange) -> list[str]:
    """The intents that a customer can choose by a button, most likely first."""
    heard = exchange.heard.understanding
    if heard is None:
        return []
    ranked = [name for name, _ in heard.ranking if name != FALLBACK]
    if heard.intent == "inform" and any(order.open for order in exchange.desk.orders()):
        ranked.insert(0, "add_information")
    elif "add_information" in ranked:
        ranked.remove("add_information")
    return [name for name in ranked if f"utter_choice_{name}" in exchange.script.wording]


def _choice(exchange: Exchange, intent: str) -> dict[str, Any]:
    """A button for the intent that carries what was said, so that nothing is asked twice."""
    title = exchange.script.wording.render(f"utter_choice_{intent}", exchange.memory.slots).text
    carried = {name: value for name, value in exchange.entities().items() if name in CARRIED}
    carried["words"] = exchange.heard.text[:500]
    if fault := fault_told(exchange.message):
        carried["fault"] = fault
    return {"title": title, "payload": f"/{intent}{json.dumps(carried, ensure_ascii=False)}"}
