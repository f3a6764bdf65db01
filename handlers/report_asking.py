"""The questions of the fault report, and its summary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import doubts, life
from handlers.actions import ActionMaker, DeskAction, Events, button, language
from handlers.desk import Desk
from handlers.devices import DEVICE
from handlers.report_slots import CONTACT, FORM, devices_offered, known_contact, same_order
from handlers.report_warranty import warranty_line
from handlers.report_words import shown, summary
from handlers.vocabulary import word
from storage.devices import Owned

PATIENCE = 2
"""Bad answers to one question before skipping it and a person are offered."""
ASKING = ("product", "brand", "description", "since", "model", "serial_number", "purchase_date", *CONTACT)


class Ask(DeskAction):
    """Ask for one slot, with what makes answering easier at this point."""

    def __init__(self, desk: Desk, slot: str, form: str = FORM, response: str | None = None) -> None:
        super().__init__(desk)
        self.slot, self.form = slot, form
        self.response = response or f"utter_ask_{slot}"

    def name(self) -> str:
        return f"action_ask_{self.form}_{self.slot}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots, tongue = tracker.slots, language(tracker)
        pending = slots.get("doubts") or {}
        if doubt := pending.get(self.slot):
            doubts.ask(self.slot, doubt, dispatcher, tracker)
            return [SlotSet("doubts", {**pending, self.slot: {**doubt, "asked": doubt.get("asked", 0) + 1}})]
        extra = [*self._own(slots, tongue), *ways_out(tracker, self.slot)]
        thing = shown(slots, "product", tongue) or word("thing", "unnamed", tongue)
        dispatcher.utter_message(response=self.response, buttons=extra, thing=thing)
        return asked(tracker, self.slot)

    def _own(self, slots: Mapping[str, Any], tongue: str) -> list[dict[str, str]]:
        """A button for each device of the customer's that may be meant."""
        if self.form != FORM or self.slot not in ("product", "model"):
            return []
        product = str(slots["product"]) if self.slot == "model" and slots.get("product") else None
        return [
            button(called(one, tongue), f"/inform{json.dumps(known_of(one), ensure_ascii=False)}")
            for one in devices_offered(self.desk, product)
        ]


def called(one: Owned, tongue: str) -> str:
    """A device as its owner calls it: maker, product, model."""
    parts = {name: getattr(one, name) for name in ("brand", "product", "model")}
    return " ".join(text for name in parts if (text := shown(parts, name, tongue)))


def known_of(one: Owned) -> dict[str, str]:
    """What a device's button tells: everything that is known of it to the day, the month or the year."""
    known = {name: value for name in ("product", *DEVICE) if (value := getattr(one, name))}
    if not known.get("purchase_date", "")[:4].isdigit():
        known.pop("purchase_date", None)
    return known


def ways_out(tracker: Tracker, slot: str) -> list[dict[str, str]]:
    """Buttons beside an answer: to keep the old value, or after bad answers to skip or to get a person."""
    slots, tongue = tracker.slots, language(tracker)
    if slot in (slots.get("replaced") or {}):
        return [button(word("button", "keep", tongue), "/skip")]
    if (slots.get("attempts") or {}).get(slot, 0) < PATIENCE:
        return []
    return [
        button(word("button", "skip", tongue), "/skip"),
        button(word("button", "person", tongue), "/ask_human"),
    ]


def asked(tracker: Tracker, slot: str) -> Events:
    """The question is noted as asked, for going back to it."""
    before = list(tracker.get_slot("asked") or [])
    return [] if before[-1:] == [slot] else [SlotSet("asked", [*before, slot])]


class AskKnownContact(DeskAction):
    """Offer the contact details of last time."""

    def __init__(self, desk: Desk, form: str = FORM) -> None:
        super().__init__(desk)
        self.form = form

    def name(self) -> str:
        return f"action_ask_{self.form}_known_contact"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        known, tongue = known_contact(self.desk), language(tracker)
        lines = "\n".join(shown(known, slot, tongue) for slot in CONTACT if slot in known)
        dispatcher.utter_message(response="utter_ask_known_contact", lines=lines)
        return []


class AskDuplicate(DeskAction):
    """Tell of the order for the same kind of product: still open, or done not long ago."""

    def name(self) -> str:
        return f"action_ask_{FORM}_duplicate"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        order = same_order(self.desk, tracker.get_slot("product"))
        if order is None:
            return [SlotSet("duplicate", "no")]
        tongue = language(tracker)
        dispatcher.utter_message(
            response="utter_ask_again" if self.desk.can_reopen(order) else "utter_ask_duplicate",
            number=order.number,
            thing=shown(order.fields, "product", tongue),
            fault=shown(order.fields, "description", tongue),
            status=life.status_line(order.status, tongue),
        )
        return []


class AskConfirmed(DeskAction):
    """Show the summary and ask to confirm it."""

    def name(self) -> str:
        return f"action_ask_{FORM}_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        tongue = language(tracker)
        lines = summary(tracker.slots, tongue)
        lines["warranty"] = warranty_line(tracker.slots, self.desk, tongue)
        dispatcher.utter_message(response="utter_summary", **lines)
        return []


def actions() -> dict[str, ActionMaker]:
    """The questions by name."""
    makers: dict[str, ActionMaker] = {f"action_ask_{FORM}_{slot}": partial(Ask, slot=slot) for slot in ASKING}
    for slot, maker in (
        ("known_contact", AskKnownContact),
        ("duplicate", AskDuplicate),
        ("confirmed", AskConfirmed),
    ):
        makers[f"action_ask_{FORM}_{slot}"] = maker
    return makers
