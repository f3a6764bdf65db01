"""What a message says for the complaint, and how each answer is checked."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import checks, report_actions, telling
from handlers.actions import DeskForm, Events, entity, files
from handlers.complaint_slots import (
    ABOUT,
    CATEGORY,
    CONFIRMED,
    DEMAND,
    PHONE,
    WORDS,
    about_product,
    next_question,
)
from handlers.complaints.assessing import CATEGORIES, assess, money_for_repair
from handlers.desk import Desk
from handlers.plans import COMPLAINT
from handlers.report_slots import SKIPPED, given
from handlers.vocabulary import known

FEWEST_DIGITS = 5
"""With fewer digits, an answer to the question for a number was not meant as one."""
LEAST = 4
"""Less, beside a number, is no more of the complaint (see `telling.extent`)."""
LIMIT = 500
Slots = dict[str, Any]


def heard(desk: Desk, tracker: Tracker, told: str | None) -> Events:
    """What the words that open a complaint tell besides: the product, the order, category, demands, phone."""
    found = assess(told or "")
    product = entity(tracker, "product")
    number = entity(tracker, "order_number")
    order = desk.find_order(str(number)) if number else about_product(desk, product)
    if order is not None and not product:
        product = order.fields.get("product")
    return [
        SlotSet(WORDS, told),
        SlotSet("complaint_product", product if product != SKIPPED else None),
        SlotSet(ABOUT, order.number if order is not None else None),
        SlotSet(CATEGORY, found.category or ("people" if money_for_repair(told or "") else None)),
        SlotSet(DEMAND, ",".join(found.demands) or None),
    ]


class ValidateComplaint(DeskForm):
    """Checks the answers; whatever is told beside them is added to the words."""

    def name(self) -> str:
        return f"validate_{COMPLAINT}"

    async def validate_complaint_words(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Any words will do; they may tell category, demand and product too."""
        if value == SKIPPED:
            return {WORDS: _before(tracker, WORDS) or SKIPPED}
        told = checks.clean(value, LIMIT)
        if not told:
            return {WORDS: None}
        return {
            event["name"]: event["value"]
            for event in heard(self.desk, tracker, told)
            if event["name"] == WORDS or tracker.get_slot(event["name"]) is None
        }

    async def validate_complaint_about(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """One of the customer's own orders; other words are more of the complaint."""
        if value == SKIPPED:
            return {ABOUT: _before(tracker, ABOUT) or SKIPPED}
        order = self.desk.find_order(str(value).strip().upper())
        if order is None:
            product = entity(tracker, "product")
            order = about_product(self.desk, product)
            if order is None and entity(tracker, "order_number"):
                return self._rejected(ABOUT, dispatcher, tracker)
            if order is None and product:
                return {ABOUT: SKIPPED, "complaint_product": product}
        if order is None:
            return self._more(ABOUT, value, dispatcher, tracker)
        product = order.fields.get("product")
        return {ABOUT: order.number, "complaint_product": product if given(product) else None}

    async def validate_complaint_demand(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """What is asked for: known demands by their codes, anything else in the customer's words."""
        if value == SKIPPED:
            return {DEMAND: _before(tracker, DEMAND) or SKIPPED}
        codes = _codes(value)
        if codes:
            return {DEMAND: ",".join(codes)}
        told = checks.clean(value, 200)
        return {DEMAND: ",".join(assess(told).demands) or told or None}

    async def validate_complaint_category(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """One of the four; other words are read for what they tell."""
        if value == SKIPPED:
            return {CATEGORY: _before(tracker, CATEGORY) or "other"}
        category = value if value in CATEGORIES else assess(str(value)).category
        return {CATEGORY: category} if category else self._rejected(CATEGORY, dispatcher, tracker)

    async def validate_complaint_phone(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """A number that exists, or none; words without digits are more of the complaint."""
        if value == SKIPPED:
            return {PHONE: _before(tracker, PHONE) or SKIPPED}
        phone = checks.phone(value, self.desk.terms.countries)
        if phone is not None:
            return {PHONE: phone, **self._beside(tracker)}
        if files(tracker):
            return {PHONE: None}
        if sum(c.isdigit() for c in str(value)) < FEWEST_DIGITS:
            return self._more(PHONE, value, dispatcher, tracker)
        return self._rejected(PHONE, dispatcher, tracker, "utter_bad_phone")

    async def validate_complaint_confirmed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Yes submits, no asks what to change; anything else is more of the complaint."""
        if value == "yes":
            return {CONFIRMED: True}
        if value == "no":
            report_actions.offer_changes(dispatcher, tracker)
            return {CONFIRMED: None}
        if entity(tracker, "phone"):  # taken as such; the summary shows it
            return {CONFIRMED: None}
        return self._more(CONFIRMED, value, dispatcher, tracker)

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any] | None:
        """The next thing worth asking, within the few questions that are allowed."""
        return SlotSet("requested_slot", next_question(self.desk, tracker.slots))

    def _more(self, slot: str, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Words that answer nothing belong to the complaint; the question is asked once more at most."""
        told = tracker.get_slot(WORDS)
        both = checks.clean(f"{told}; {value}" if given(told) else str(value), LIMIT)
        found, demand = assess(both), tracker.get_slot(DEMAND)
        if given(demand) and not _codes(demand) and found.demands:  # said first in words, now plainly
            both, demand = checks.clean(f"{both}; {demand}", LIMIT), None
        dispatcher.utter_message(response="utter_complaint_noted")
        return {
            slot: None,
            WORDS: both,
            CATEGORY: tracker.get_slot(CATEGORY) or found.category,
            DEMAND: demand or ",".join(found.demands) or None,
            **({} if slot == CONFIRMED else {"attempts": _counted(tracker, slot)}),
        }

    def _beside(self, tracker: Tracker) -> Slots:
        """What is said beside the number belongs to the complaint; a name or an address is no more of it."""
        rest = telling.leftover(tracker.latest_message, telling.CONTACT_ENTITIES)
        words = tracker.get_slot(WORDS)
        if telling.extent(rest) < LEAST or not given(words):
            return {}
        product = entity(tracker, "product")
        known = tracker.get_slot("complaint_product") or (product if product != SKIPPED else None)
        return {WORDS: checks.clean(f"{words}; {rest}", LIMIT), "complaint_product": known}

    def _rejected(
        self, slot: str, dispatcher: CollectingDispatcher, tracker: Tracker, response: str = ""
    ) -> Slots:
        dispatcher.utter_message(response=response or f"utter_bad_{slot}")
        return {slot: None, "attempts": _counted(tracker, slot)}


def _codes(demand: Any) -> list[str]:
    """The known demands among those of a slot; none where it holds the customer's words."""
    return [part for part in str(demand).split(",") if part in known("demand")]


def _counted(tracker: Tracker, slot: str) -> dict[str, int]:
    attempts = dict(tracker.get_slot("attempts") or {})
    return {**attempts, slot: attempts.get(slot, 0) + 1}


def _before(tracker: Tracker, slot: str) -> Any:
    """The value the question was opened again to replace, kept where it is skipped."""
    return (tracker.get_slot("replaced") or {}).get(slot)
