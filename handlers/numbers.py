"""The numbers customers ask for, whatever is open: the service's hotline, the number of their order (C7)."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers.actions import ActionMaker, DeskAction, Events, entity, language
from handlers.life.telling import thing
from handlers.telling import EDGES
from handlers.vocabulary import listed, without
from nlu.text import fold

LONGEST = 48
SHOWN = 3
QUESTIONS = {"hotline_names": "/ask_hotline", "order_number_names": "/ask_order_number"}
"""Marks of the vocabulary that name a number, and the button that asking for it stands for."""


class TellHotline(DeskAction):
    """The hotline, and when people answer it."""

    def name(self) -> str:
        return "action_tell_hotline"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        terms = self.desk.terms
        hours = terms.office_hours(language(tracker))
        dispatcher.utter_message(response="utter_hotline", hotline=terms.hotline, hours=hours)
        return []


class TellOrderNumber(DeskAction):
    """The numbers of the customer's open orders, or of the last one; without orders perhaps the hotline."""

    def name(self) -> str:
        return "action_tell_order_number"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        orders = self.desk.orders()
        current = [order for order in orders if order.open] or orders[:1]
        for order in current[:SHOWN]:
            kind = thing(order, language(tracker))
            dispatcher.utter_message(response="utter_order_number", number=order.number, kind=kind)
        if not current and entity(tracker, "any_number"):
            return await TellHotline(self.desk).run(dispatcher, tracker, domain)
        if not current:
            dispatcher.utter_message(response="utter_no_order_number")
        return []


def meant(text: str) -> str | None:
    """The button that plain words stand for, whatever is open; they must ask for nothing but a number."""
    said = fold(text).strip()
    if said.strip(EDGES) in listed("marks", "hotline_alone"):
        return QUESTIONS["hotline_names"]
    if len(said) > LONGEST or not _found(said, "number_asking"):
        return None
    for names, payload in QUESTIONS.items():
        if _found(said, names) and _nothing_else(said, names):
            any_number = names == "order_number_names" and _nothing_else(said, "any_number_names")
            return payload + '{"any_number": "yes"}' if any_number else payload
    return None


def _nothing_else(said: str, names: str) -> bool:
    """Whether only small words stand around the number's name."""
    rest = without(said, (*listed("marks", names), *listed("marks", "around_numbers")))
    return not any(c.isalnum() for c in rest)


def _found(said: str, marks: str) -> bool:
    return without(said, listed("marks", marks)) != said


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {"action_tell_hotline": TellHotline, "action_tell_order_number": TellOrderNumber}
