"""Requests that people handle: complaint 投诉, suggestion 建议.

The words are collected, an order of the right kind is opened, and a person takes over.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import checks, telling
from handlers.actions import ActionMaker, DeskAction, DeskForm, Events, entity, files, language
from handlers.desk import Desk
from handlers.human import handover
from handlers.report_slots import SKIPPED, given
from handlers.vocabulary import spoken_time

FORM = "request_form"
KINDS = {
    "complain": "complaint",
    "make_suggestion": "suggestion",
}
ENOUGH = {"complaint": 8, "suggestion": 5}
"""How much must be said for a request to need no further words (see `telling.request_told`)."""
FEWEST_DIGITS = 5
"""With fewer digits, an answer to the question for a number was not meant as one."""
Slots = dict[str, Any]


class BeginRequest(DeskAction):
    """Open the request: an apology where it is due, then what it is about if that was not said yet."""

    def __init__(self, desk: Desk, intent: str) -> None:
        super().__init__(desk)
        self.intent = intent

    def name(self) -> str:
        return f"action_{self.intent}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        kind = KINDS[self.intent]
        dispatcher.utter_message(response=f"utter_request_{kind}")
        told = telling.request_told(tracker.latest_message, ENOUGH.get(kind, 14))
        return [
            SlotSet("request_kind", kind),
            SlotSet("request_words", str(told)[:500] if told else None),
            SlotSet("request_product", entity(tracker, "product")),
            ActiveLoop(FORM),
        ]


class ValidateRequest(DeskForm):
    """Checks what the request is about and how to reach the customer."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def validate_request_words(self, value: Any, *_: Any) -> Slots:
        """Any words will do."""
        return {"request_words": SKIPPED if value == SKIPPED else checks.clean(value, 500) or None}

    async def validate_request_phone(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """A number that exists, or none."""
        if value == SKIPPED:
            return {"request_phone": SKIPPED}
        phone = checks.phone(value, self.desk.terms.countries)
        if phone is not None or files(tracker):
            return {"request_phone": phone}
        if sum(c.isdigit() for c in str(value)) < FEWEST_DIGITS:  # more about the matter, not a number
            told = tracker.get_slot("request_words")
            both = f"{told}; {value}" if given(told) else str(value)
            dispatcher.utter_message(response="utter_request_noted")
            return {"request_phone": None, "request_words": checks.clean(both, 500)}
        dispatcher.utter_message(response="utter_bad_phone")
        return {"request_phone": None}

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any] | None:
        """The words, then a phone number unless one is known or a suggestion needs none."""
        slots = tracker.slots
        following = None
        if slots.get("request_words") is None:
            following = "request_words"
        elif slots.get("request_phone") is None and not self._reachable(slots):
            following = "request_phone"
        return SlotSet("requested_slot", following)

    def _reachable(self, slots: Slots) -> bool:
        return slots.get("request_kind") == "suggestion" or bool(self.desk.customer().phone)


class SubmitRequest(DeskAction):
    """Open the order and give the conversation to a person; a suggestion is only recorded."""

    def name(self) -> str:
        return f"action_submit_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots = tracker.slots
        kind = str(slots.get("request_kind"))
        told = str(slots["request_words"]) if given(slots.get("request_words")) else ""
        phone = slots["request_phone"] if given(slots.get("request_phone")) else self.desk.customer().phone
        fields = {"description": told, "product": slots.get("request_product"), "phone": phone}
        order = self.desk.open_order(
            "complaint" if kind == "suggestion" else kind,
            {name: value for name, value in {**fields, "category": kind}.items() if value},
            purpose=kind,  # another order may be opened in the same turn
            attachments=slots.get("photos"),
            promised=kind != "suggestion",
        )
        self.desk.remember(phone=phone)
        emptied = [SlotSet(name, None) for name in SLOTS]
        if kind == "suggestion":
            dispatcher.utter_message(response="utter_suggestion_kept", number=order.number)
            return emptied
        self.desk.hand_over()
        by = spoken_time(
            self.desk.local(order.promised_at or self.desk.now), self.desk.local_now, language(tracker)
        )
        dispatcher.utter_message(response="utter_request_taken", number=order.number, by=by)
        return [*emptied, handover(self.desk.now.isoformat(), kind, told, order.number)]


SLOTS = ("request_kind", "request_words", "request_product", "request_phone", "photos")


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        **{f"action_{intent}": partial(BeginRequest, intent=intent) for intent in KINDS},
        f"validate_{FORM}": ValidateRequest,
        f"action_submit_{FORM}": SubmitRequest,
    }
