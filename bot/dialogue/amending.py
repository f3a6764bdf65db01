"""Values of a form under way, told by an agent instead of the customer: read and checked as answers are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from bot.dialogue import forms
from bot.dialogue.exchange import Exchange, Script
from bot.dialogue.heard import Heard
from bot.dialogue.tracker import Memory, copied
from bot.messages import Reply
from handlers.desk import Desk
from handlers.plans import PLANS
from handlers.report_slots import DEVICE
from handlers.visits import wish_of
from handlers.vocabulary import known
from nlu.context import Context
from nlu.entities import find_all
from nlu.understanding import Understanding

REJECTED = "utter_bad_"
"""How the responses begin that say why a value will not do."""
ALONG: Mapping[str, tuple[str, ...]] = {
    "product": (*DEVICE, "steps", "steps_tried", "self_service"),
    "description": ("symptoms", "error_code", "urgency"),
    "since": ("conditions",),
    "model": ("product",),
    "complaint_about": ("complaint_product",),
}
"""What a value settles besides itself."""
CODED: Mapping[str, str] = {
    "urgency": "urgency", "site_ready": "site", "return_reason": "return_reason", "condition": "condition",
    "complaint_category": "complaint_category", "return_wish": "return_wish",
    "bought_online": "bought_online",
}  # fmt: skip
"""Slots with values of the vocabulary, and their groups there: picked, not written."""


@dataclass(frozen=True, slots=True)
class Held:
    """The form under way: what it is for, the values by slot, and the slot whose question is open."""

    form: str
    kind: str
    values: dict[str, Any]
    asked: str | None


@dataclass(frozen=True, slots=True)
class Amended:
    """The state with the value, or unchanged; `problem` says why not, where the form has a word for that."""

    state: dict[str, Any]
    taken: bool
    problem: str = ""


def held(script: Script, state: Mapping[str, Any]) -> Held | None:
    """The form under way with every value that may be changed; None where there is none of that sort."""
    memory = Memory.recall(state, "", script.domain)
    if memory.loop not in PLANS:
        return None
    plan = PLANS[memory.loop]
    values = {name: memory.slots.get(name) for name in plan.changeable}
    return Held(memory.loop, plan.kind, values, memory.requested)


def amend(
    script: Script, state: Mapping[str, Any], desk: Desk, slot: str, told: str, language: str
) -> Amended:
    """Put a value into the form under way; nothing told: the bot asks for it again.

    The words are read and checked as an answer to the slot's question, and refused with the same words, in
    the agent's language.
    """
    memory = Memory.recall(state, str(desk.conversation_id), script.domain)
    assert memory.loop is not None
    requested, attempts = memory.requested, _attempts(memory, slot)
    if told:
        before = copied(memory.slots)
        exchange = _exchange(script, memory, desk, slot, told, language)
        kept, problem = _checked(exchange, slot, told)
        memory.slots = before
        if not kept:
            return Amended(dict(state), False, problem)
        memory.slots.update(kept)
    else:
        memory.slots[slot] = None
    doubts = {name: value for name, value in (memory.slots.get("doubts") or {}).items() if name != slot}
    memory.slots.update(attempts=attempts, doubts=doubts or None, confirmed=None, complaint_confirmed=None)
    memory.requested = None if requested in (slot, "confirmed", "complaint_confirmed") else requested
    return Amended({**state, **memory.as_state(script.domain)}, True)


def resume(script: Script, state: Mapping[str, Any], desk: Desk) -> tuple[dict[str, Any], list[Reply]]:
    """The next open question of the form under way, asked; nothing where there is no form."""
    memory = Memory.recall(state, str(desk.conversation_id), script.domain)
    if memory.loop is None:
        return dict(state), []
    exchange = Exchange(Heard(), memory, desk, script)
    forms.proceed(exchange, {})
    return {**state, **memory.as_state(script.domain)}, exchange.replies


def _exchange(script: Script, memory: Memory, desk: Desk, slot: str, told: str, language: str) -> Exchange:
    """The words as if the customer answered the slot's question with them."""
    if slot == "description":
        memory.slots.update(symptoms=None, error_code=None)  # those of the words before
    memory.slots.update(attempts=None, replaced=None, doubts=None, language=language)
    memory.requested = slot
    terms = desk.terms
    context = Context(desk.now, terms.zone, terms.countries, language, tables=script.tables)
    if slot in CODED and told in known(CODED[slot]):
        memory.slots[slot] = told  # nothing else is heard in no words
        return _picked(script, memory, desk, slot, told)
    if slot == "window" and "T" in told and wish_of(told, desk.local_now.tzinfo or UTC):
        return _picked(script, memory, desk, slot, told)
    found = find_all(told, context)
    understood = Understanding(told, "inform", 1.0, (("inform", 1.0),), found, language)
    return Exchange(Heard(told, understanding=understood), memory, desk, script)


def _picked(script: Script, memory: Memory, desk: Desk, slot: str, value: str) -> Exchange:
    """The value as if a button with it had been tapped."""
    return Exchange(Heard(payload=f"/inform{json.dumps({slot: value})}"), memory, desk, script)


def _checked(exchange: Exchange, slot: str, told: str) -> tuple[dict[str, Any], str]:
    """The accepted value with what it settles besides; or why it is none."""
    memory, form = exchange.memory, str(exchange.memory.loop)
    before = copied(memory.slots)
    beside = {name: value for name in ALONG.get(slot, ()) if (value := _named(exchange, name)) is not None}
    named = _named(exchange, slot)
    exchange.run(f"validate_{form}", {**beside, slot: told if named is None else named})
    after, names = memory.slots, (slot, *ALONG.get(slot, ()))
    if slot == "window" and after.get(slot) is None:
        return {}, no_time(exchange)
    said = zip(exchange.said, exchange.replies, strict=False)
    refused = next((reply.text for name, reply in said if name.startswith(REJECTED)), None)
    if refused is not None or after.get(slot) is None or memory.loop != form:
        return {}, refused or ""
    changed = {name: after[name] for name in names if name == slot or after.get(name) != before.get(name)}
    return changed, ""


def _named(exchange: Exchange, slot: str) -> Any:
    """The detail in the words that the slot takes, or None."""
    entities = exchange.entities()
    for mapping in exchange.script.domain.mappings(slot):
        if mapping.get("type") == "from_entity" and mapping["entity"] in entities:
            return entities[mapping["entity"]]
    return None


def _attempts(memory: Memory, slot: str) -> dict[str, int] | None:
    """The bad answers counted so far, without those to this question."""
    kept = {name: n for name, n in (memory.slots.get("attempts") or {}).items() if name != slot}
    return kept or None


def no_time(exchange: Exchange) -> str:
    """Why nobody can come then, and when somebody can."""
    offers = exchange.memory.slots.get("offers") or {}
    reason, zone = str(offers.get("reason")), exchange.desk.local_now.tzinfo
    if reason not in exchange.script.wording or zone is None:
        return ""
    exchange.replies.clear()
    exchange.say(reason)
    windows = [wish_of(one, zone) for one in offers.get("windows") or ()]
    times = ", ".join(f"{one.start:%Y-%m-%d %H:%M}-{one.end:%H:%M}" for one in windows if one)
    return f"{exchange.replies[-1].text} {times}".strip()
