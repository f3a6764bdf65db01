"""Complaint 投诉: an apology, few questions, a summary; the severe goes to a supervisor at once (C4)."""

from __future__ import annotations

from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import checks, complaint_hearing, telling
from handlers.actions import ActionMaker, DeskAction, Events, button, entity, language, words
from handlers.complaint_slots import (
    ABOUT,
    CATEGORY,
    DEMAND,
    PHONE,
    PLAN,
    WORDS,
    fields_of,
    offered,
    same_matter,
    weighed,
)
from handlers.complaints.assessing import assess
from handlers.complaints.registering import KIND
from handlers.complaints.wording import demand_words
from handlers.desk import Desk
from handlers.human import handover
from handlers.life.telling import thing
from handlers.plans import COMPLAINT
from handlers.report_asking import Ask, asked
from handlers.report_slots import forget, given
from handlers.report_words import shown
from handlers.vocabulary import listed, spoken_time, word
from storage.orders import Order

ENOUGH = 8
"""How much must be said for a complaint to need no further words (see `telling.request_told`)."""
WORDS_SHOWN = 200


def _tells_cause(said: str) -> bool:
    """Whether few words say all the same what happened: how bad it was, or what somebody did."""
    lowered = said.lower()
    return bool(assess(said).signs) or any(mark in lowered for mark in listed("marks", "misdeeds"))


class BeginComplaint(DeskAction):
    """An apology; then what happened, if that was not said yet and the words do not weigh by themselves."""

    def name(self) -> str:
        return "action_complain"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        dispatcher.utter_message(response="utter_complaint")
        told = telling.request_told(tracker.latest_message, ENOUGH) or entity(tracker, "words")
        told = told or (words(tracker) if _tells_cause(words(tracker)) else None)
        return [
            *forget(PLAN),
            SlotSet("photos", tracker.get_slot("photos")),
            *complaint_hearing.heard(self.desk, tracker, checks.clean(told, 500) if told else None),
            ActiveLoop(COMPLAINT),
        ]


class AskAbout(DeskAction):
    """Offer the customer's latest orders as what the complaint is about."""

    def name(self) -> str:
        return f"action_ask_{COMPLAINT}_{ABOUT}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        tongue = language(tracker)
        buttons = [
            button(
                f"{thing(order, tongue)} {order.number[-8:]}",
                f'/inform{{"order_number": "{order.number}"}}',
            )
            for order in offered(self.desk)
        ]
        none = button(word("button", "none_of_these", tongue), "/skip")
        dispatcher.utter_message(response="utter_ask_complaint_about", buttons=[*buttons, none])
        return asked(tracker, ABOUT)


class AskConfirmed(DeskAction):
    """Show the summary and ask to confirm it."""

    def name(self) -> str:
        return f"action_ask_{COMPLAINT}_complaint_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        dispatcher.utter_message(response="utter_complaint_summary", **summary(self.desk, tracker))
        return []


class SubmitComplaint(DeskAction):
    """Open the order, or add to the open one; a severe complaint is a supervisor's conversation at once."""

    def name(self) -> str:
        return f"action_submit_{COMPLAINT}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots = tracker.slots
        if given(slots.get(PHONE)):
            self.desk.remember(phone=slots[PHONE])
        told = str(slots[WORDS]) if given(slots.get(WORDS)) else ""
        before = same_matter(self.desk, slots) if told else None
        if before is not None:
            return [*forget(PLAN), *self._added(before, told, dispatcher, tracker)]
        return [*forget(PLAN), *self._opened(told, dispatcher, tracker)]

    def _opened(self, told: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        desk, slots = self.desk, tracker.slots
        severe = weighed(desk, slots).severity == "severe"
        fields = {"description": told, "phone": desk.customer().phone, **fields_of(slots)}
        order = desk.open_order(
            KIND,
            {name: value for name, value in fields.items() if value},
            purpose=KIND,  # another order may be opened in the same turn
            attachments=slots.get("photos"),
        )
        plan = desk.promise("plan", KIND, order.priority)
        dispatcher.utter_message(
            response="utter_complaint_severe" if severe else "utter_complaint_opened",
            **(summary(desk, tracker) if severe else {}),
            number=order.number,
            by=self._spoken(order.promised_at, tracker),
            plan=self._spoken(plan.due if plan else None, tracker),
        )
        return self._handed_over(order, told, dispatcher) if severe else []

    def _added(self, order: Order, told: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        desk = self.desk
        desk.note(order, told, tracker.get_slot("photos"))
        desk.complain_again(order, told)
        dispatcher.utter_message(response="utter_complaint_added", number=order.number)
        return self._handed_over(order, told, dispatcher)

    def _handed_over(self, order: Order, told: str, dispatcher: CollectingDispatcher) -> Events:
        """A supervisor has the conversation from now on."""
        if not self.desk.customer().phone:
            dispatcher.utter_message(response="utter_complaint_phone")
        self.desk.hand_over(KIND, priority=1)
        return [handover(self.desk.now.isoformat(), KIND, told, order.number)]

    def _spoken(self, moment: Any, tracker: Tracker) -> str:
        desk = self.desk
        return spoken_time(desk.local(moment), desk.local_now, language(tracker)) if moment else ""


def summary(desk: Desk, tracker: Tracker) -> dict[str, str]:
    """Every line of the summary by its placeholder; empty ones leave their line out."""
    slots, tongue = tracker.slots, language(tracker)
    found = weighed(desk, slots)
    category = slots.get(CATEGORY) if given(slots.get(CATEGORY)) else found.assessment.category or "other"
    demand = slots.get(DEMAND) if given(slots.get(DEMAND)) else ",".join(found.assessment.demands)
    order = desk.find_order(str(slots[ABOUT])) if given(slots.get(ABOUT)) else None
    told = str(slots[WORDS]) if given(slots.get(WORDS)) else ""
    product = shown({"product": slots.get("complaint_product")}, "product", tongue)
    return {
        "words": told if len(told) <= WORDS_SHOWN else told[: WORDS_SHOWN - 1] + "…",
        "category": word("complaint_category", str(category), tongue),
        "about": f"{thing(order, tongue)} {order.number}" if order else product,
        "demand": demand_words(demand, tongue),
        "phone": shown({"phone": slots.get(PHONE) or desk.customer().phone}, "phone", tongue),
        "photos": str(len(slots.get("photos") or [])) if slots.get("photos") else "",
    }


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    asking: dict[str, ActionMaker] = {
        f"action_ask_{COMPLAINT}_{slot}": partial(
            Ask, slot=slot, form=COMPLAINT, response=f"utter_ask_{slot}"
        )
        for slot in (WORDS, DEMAND, PHONE, CATEGORY)
    }
    return {
        **asking,
        "action_complain": BeginComplaint,
        f"action_ask_{COMPLAINT}_{ABOUT}": AskAbout,
        f"action_ask_{COMPLAINT}_complaint_confirmed": AskConfirmed,
        f"validate_{COMPLAINT}": complaint_hearing.ValidateComplaint,
        f"action_submit_{COMPLAINT}": SubmitComplaint,
    }
