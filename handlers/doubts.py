"""Values that may mean two things: which they are, asking which is meant, and hearing the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from handlers.actions import button, language, words
from handlers.report_slots import SKIPPED, given
from handlers.report_words import shown
from handlers.vocabulary import listed
from nlu.catalogue import in_use
from nlu.entities.model import product_of

_DATED = ("since", "purchase_date")
_ASKED_AT_MOST = 2
_MOST_OPTIONS = 4


def doubtful_date(value: Any) -> bool:
    """Whether a date has two readings: `2026-03-04|2026-04-03`."""
    return "|" in str(value or "")


def settle(
    tracker: Tracker, before: Mapping[str, Any], after: Mapping[str, Any], today: date
) -> dict[str, Any]:
    """The slots that change: open where in doubt; as meant, or as told once it was asked often enough."""
    pending = {s: d for s, d in (after.get("doubts") or {}).items() if not given(after.get(s))}
    changed: dict[str, Any] = {}
    for slot, doubt in list(pending.items()):
        meant = _answered(slot, doubt, words(tracker))
        if meant or doubt.get("asked", 0) >= _ASKED_AT_MOST:
            changed[slot] = meant or doubt["told"]
            del pending[slot]
    for slot, doubt in _found(tracker, before, after, today).items():
        options = doubt["options"]
        changed[slot] = None if len(options) > 1 else next(iter(options), SKIPPED)
        if len(options) > 1:
            pending[slot] = doubt
    if pending != (after.get("doubts") or {}):
        changed["doubts"] = pending
    return changed


def ask(slot: str, doubt: Mapping[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Ask which of the options is meant."""
    tongue = language(tracker)
    name = "date" if slot in _DATED else slot
    buttons = [
        button(
            _title(slot, str(option), doubt, tongue),
            f"/inform{json.dumps({slot: option}, ensure_ascii=False)}",
        )
        for option in doubt["options"]
    ]
    model = shown(tracker.slots, "model", tongue)
    dispatcher.utter_message(response=f"utter_which_{name}", buttons=buttons, model=model)


def _found(
    tracker: Tracker, before: Mapping[str, Any], after: Mapping[str, Any], today: date
) -> dict[str, Any]:
    """The slots this message left in doubt: {slot: {"options": […], "told": what is taken unanswered}}."""
    new = {slot: value for slot, value in after.items() if given(value) and value != before.get(slot)}
    doubts: dict[str, Any] = {}
    for slot in _DATED:
        if doubtful_date(new.get(slot)):
            options = [day for day in str(new[slot]).split("|") if day <= today.isoformat()]
            doubts[slot] = {"options": options, "told": SKIPPED}
    if not words(tracker):
        return doubts
    for slot, options in (
        ("phone", _phones(tracker, new.get("phone"))),
        ("address", _addresses(tracker, new.get("address"))),
        ("product", _products(after, new.get("model"))),
    ):
        if 1 < len(options) <= _MOST_OPTIONS:
            doubts[slot] = {"options": options, "told": after[slot]}
    return doubts


def _answered(slot: str, doubt: Mapping[str, Any], told: str) -> str | None:
    """The option that the customer's words name: the figures or the town in it."""
    told = told.strip().lower()
    if not told:
        return None
    named = [o for o in doubt["options"] if any(sign in told for sign in _signs(slot, str(o)))]
    return str(named[0]) if len(named) == 1 else None


def _title(slot: str, option: str, doubt: Mapping[str, Any], tongue: str) -> str:
    if slot == "address":
        return option.removesuffix(str(doubt["told"]))
    return shown({slot: option}, slot, tongue)


def _signs(slot: str, option: str) -> tuple[str, ...]:
    if slot == "address":
        town = option.partition(listed("marks", "city")[0])[0]
        return (town,) if len(town) < len(option) else (option,)
    if slot == "phone":
        return (option[-11:], option[-4:])
    return (option,)


def _phones(tracker: Tracker, phone: Any) -> list[str]:
    """The numbers of one message, of which none is called wrong."""
    numbers = [
        str(e["value"])
        for e in tracker.latest_message.get("entities") or []
        if e["entity"] == "phone" and e.get("extractor") != "channel"
    ]
    return list(dict.fromkeys(numbers)) if phone in numbers else []


def _addresses(tracker: Tracker, address: Any) -> list[str]:
    """The address in each of the towns that have a district of that name."""
    for entity in tracker.latest_message.get("entities") or []:
        value = entity["value"]
        if entity["entity"] == "address" and isinstance(value, dict) and value.get("cities"):
            return [f"{city}{address}" for city in value["cities"]] if address else []
    return []


def _products(after: Mapping[str, Any], model: Any) -> list[str]:
    """The appliance named, and the other one that the model's number belongs to."""
    product, kind = after.get("product"), product_of(str(model or ""))
    if product == "other" or product not in in_use().names["products"] or kind is None or kind == product:
        return []
    return [str(product), kind]
