"""Where the words leave the desk in doubt: a model, if one may be asked, picks what a tap could have picked.

Danger, a person's conversation and open questions are settled by earlier rules, so nothing a model says
can keep a customer from them.
"""

from __future__ import annotations

from typing import Any

from bot.dialogue.exchange import Exchange
from bot.dialogue.fallback import choosable
from bot.dialogue.message import FALLBACK
from handlers.advice import INTENT, PRODUCT, SYMPTOM, Choice, Chosen
from nlu.catalogue import in_use

OFFERED = 10
ALWAYS = ("ask_human", "report_hazard")
"""Offered whether likely or not: what must not be missed."""
WEIGHTY = 0.15
"""Where one of those is so likely itself, nobody is asked to choose something else."""
FORM = "report_fault_form"
CONFIDENCE = 0.7


def advised(exchange: Exchange) -> bool:
    """Take up a model's choices where they are of use; the following rules act on them."""
    heard, doubt = exchange.heard, exchange.desk.advice.doubt
    if not doubt.subjects or not heard.text or heard.payload:
        return False
    if exchange.memory.loop is not None:
        _which_product(exchange)
        return False
    if heard.understanding is None or exchange.intent == "":
        return False
    choices = _choices(exchange)
    chosen = exchange.desk.advised(heard.text, *choices) if choices else {}
    if INTENT in chosen:
        exchange.message["intent"] = {"name": chosen[INTENT].option, "confidence": CONFIDENCE}
    _note(exchange, chosen)
    if exchange.intent == "report_hazard":
        exchange.message["metadata"]["hazard"] = None
        exchange.run("action_report_hazard")
        return True
    return False


def _choices(exchange: Exchange) -> tuple[Choice, ...]:
    """What is in doubt outside a form: the intent; with a fault, the appliance and what is wrong with it."""
    intents = _intents(exchange)
    fault = exchange.intent == "report_fault" or "report_fault" in (intents.options if intents else ())
    details = (
        _of_catalogue(exchange, name, section)
        for name, section in ((PRODUCT, "products"), (SYMPTOM, "symptoms"))
        if fault and name not in exchange.entities()
    )
    return (*([intents] if intents else []), *details)


def _intents(exchange: Exchange) -> Choice | None:
    """The intents to choose from, where the classifier is unsure of something the desk may do."""
    heard, doubt = exchange.heard.understanding, exchange.desk.advice.doubt
    assert heard is not None
    sure = exchange.intent != FALLBACK and exchange.confidence >= doubt.intent_below
    chances = dict(heard.ranking)
    if sure or heard.in_scope < doubt.scope_from or any(chances.get(name, 0) >= WEIGHTY for name in ALWAYS):
        return None
    likely = choosable(exchange)[:OFFERED]
    if not likely:
        return None
    names = dict.fromkeys((*likely, *ALWAYS))
    return Choice(INTENT, {name: _title(exchange, name) for name in names})


def _title(exchange: Exchange, intent: str) -> str:
    """What the button for the intent would say, or the intent's own name."""
    response = f"utter_choice_{intent}"
    if response not in exchange.script.wording:
        return intent.replace("_", " ")
    return exchange.script.wording.render(response, exchange.memory.slots).text


def _of_catalogue(exchange: Exchange, name: str, section: str) -> Choice:
    language = str(exchange.memory.slots.get("language") or "zh")
    codes = in_use().names[section]
    return Choice(name, {code: in_use().name(section, code, language) for code in codes}, quoted=True)


def _which_product(exchange: Exchange) -> None:
    """Asked which appliance it is, the customer called it something the catalogue does not know."""
    memory = exchange.memory
    if memory.loop != FORM or memory.requested != PRODUCT or not _may_ask(exchange, PRODUCT):
        return
    exchange.glance()
    if PRODUCT in exchange.entities() or exchange.intent not in ("report_fault", "inform", FALLBACK):
        return
    which = _of_catalogue(exchange, PRODUCT, "products")
    _note(exchange, exchange.desk.advised(exchange.heard.text, which))


def _may_ask(exchange: Exchange, subject: str) -> bool:
    return exchange.desk.advice.wants(subject, exchange.heard.text)


def _note(exchange: Exchange, chosen: dict[str, Chosen]) -> None:
    """Add the details a model found to the message's."""
    found: list[dict[str, Any]] = [
        {
            "entity": name,
            "value": one.option,
            "start": one.start,
            "end": one.end,
            "confidence_entity": CONFIDENCE,
            "extractor": "advice",
        }
        for name, one in chosen.items()
        if name in (PRODUCT, SYMPTOM)
    ]
    exchange.message["entities"] = [*exchange.message["entities"], *found]
