"""Greeting, help, the language, and the small things outside any flow."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import order_result, quotations
from handlers.about_order import attempt
from handlers.actions import ActionMaker, DeskAction, Events, address, entity, intent, language, words
from handlers.report_slots import FORM
from handlers.vocabulary import listed


class Greet(DeskAction):
    """Say hello; in the middle of something only shortly."""

    def name(self) -> str:
        return "action_greet"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if tracker.active_loop_name:
            dispatcher.utter_message(response="utter_hello_again")
            return []
        service = self.desk.terms.service(language(tracker))
        dispatcher.utter_message(response="utter_greet", service=service)
        return []


class Help(DeskAction):
    """Say what can be done here, and how to go on with what is open."""

    def name(self) -> str:
        return "action_help"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        dispatcher.utter_message(response="utter_help_in_form" if tracker.active_loop_name else "utter_help")
        return []


class ChangeLanguage(DeskAction):
    """Go on in the language asked for, or in the other one."""

    def name(self) -> str:
        return "action_change_language"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        wanted = entity(tracker, "language")
        if wanted not in ("zh", "en"):
            wanted = "en" if language(tracker) == "zh" else "zh"
        self.desk.remember(language=wanted)
        dispatcher.utter_message(response="utter_language_changed")
        return [SlotSet("language", wanted), SlotSet("language_from", "asked")]


class ReceivedFirst(DeskAction):
    """A photo, place or contact card with nothing open: it belongs to the one open order, or we ask."""

    def name(self) -> str:
        return "action_received_first"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        contact = {"phone": entity(tracker, "phone"), "address": address(tracker)}
        self.desk.remember(**contact)
        current = [order for order in self.desk.orders() if order.open]
        if len(current) != 1:
            dispatcher.utter_message(response="utter_received_first")
            return []
        told = [str(value) for value in (*contact.values(), entity(tracker, "place")) if value]
        if told:
            self.desk.note(current[0], "; ".join(told))
        self.desk.link(list(tracker.get_slot("photos") or []), current[0])
        dispatcher.utter_message(response="utter_files_added", number=current[0].number)
        return [SlotSet("photos", None)]


class NothingOpen(DeskAction):
    """Yes, no, skip or cancel with nothing open; yes and no may be about a quotation, or a result."""

    def name(self) -> str:
        return "action_nothing_open"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        for flow in (quotations, order_result):
            verb = flow.ANSWERS.get(intent(tracker))
            order = flow.asked_about(self.desk) if verb else None
            if verb is not None and order is not None:
                return attempt(verb, self.desk, order, dispatcher, tracker)
        dispatcher.utter_message(response="utter_nothing_open")
        return []


class Restart(DeskAction):
    """Begin from nothing."""

    def name(self) -> str:
        return "action_restart"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if any(mark in words(tracker).lower() for mark in listed("marks", "report")):
            return [ActiveLoop(FORM)]
        dispatcher.utter_message(response="utter_started_over")
        return [SlotSet("photos", None)]


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        "action_greet": Greet,
        "action_help": Help,
        "action_change_language": ChangeLanguage,
        "action_received_first": ReceivedFirst,
        "action_nothing_open": NothingOpen,
        "action_restart": Restart,
    }
