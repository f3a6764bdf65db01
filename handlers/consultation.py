"""Technical consultation 技术咨询: what has no answer becomes an order for technical support (C3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import checks
from handlers.actions import ActionMaker, DeskAction, Events, language, words
from handlers.desk import Desk
from handlers.plans import CONSULTATION, PLANS
from handlers.question import UNANSWERED
from handlers.report_asking import Ask
from handlers.report_fault import ValidateReport
from handlers.report_slots import SKIPPED, forget, given
from handlers.report_words import shown
from handlers.vocabulary import listed, spoken_time
from nlu.text import clip
from storage.orders import Order

PLAN = PLANS[CONSULTATION]
KIND = "consultation"
DEVICE = ("product", "brand", "model")


class AskSupport(DeskAction):
    """Begin with the question that had no answer, unless technical support has it already."""

    def name(self) -> str:
        return "action_ask_support"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        asked = tracker.get_slot(UNANSWERED) or {}
        told = checks.clean(str(asked.get("text") or words(tracker)), 500)
        if (order := _same(self.desk, told)) is not None:
            dispatcher.utter_message(response="utter_consultation_known", number=order.number)
            return [SlotSet(UNANSWERED, None)]
        dispatcher.utter_message(response="utter_ask_support")
        product = asked.get("product") or tracker.get_slot("product")
        return [
            SlotSet(UNANSWERED, None),
            SlotSet("consultation_words", told or None),
            SlotSet("product", product if given(product) else None),
            SlotSet("phone", self.desk.customer().phone),
            SlotSet("confirmed", None),
            ActiveLoop(CONSULTATION),
        ]


def _same(desk: Desk, told: str) -> Order | None:
    """The customer's open consultation of the same words."""
    found = (order for order in desk.orders() if order.kind == KIND and order.open)
    return next((order for order in found if told and order.fields.get("description") == told), None)


class ValidateConsultation(ValidateReport):
    """The question in any words; the rest is checked as in a report."""

    plan = PLAN

    def name(self) -> str:
        return f"validate_{CONSULTATION}"

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any] | None:
        """The first thing that is not known yet."""
        doubtful = next(iter(tracker.get_slot("doubts") or {}), None)
        following = next((slot for slot in PLAN.asked if tracker.get_slot(slot) is None), None)
        return SlotSet("requested_slot", doubtful or following)

    async def validate_consultation_words(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """What is asked; there is no order without a question."""
        if kept := self._skipped("consultation_words", value, dispatcher, tracker):
            if kept.get("consultation_words") != SKIPPED:
                return kept
            value = ""
        told = checks.clean(value, 500)
        return self._checked("consultation_words", told or None, dispatcher, tracker)


class AskConfirmed(DeskAction):
    """Show what technical support will get, and ask to confirm it."""

    def name(self) -> str:
        return f"action_ask_{CONSULTATION}_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots, tongue = tracker.slots, language(tracker)
        device = [shown(slots, slot, tongue) for slot in ("brand", "product", "model")]
        dispatcher.utter_message(
            response="utter_consultation_summary",
            question=str(slots.get("consultation_words") or ""),
            device=" ".join(part for part in device if part),
            phone=shown(slots, "phone", tongue),
            photos=str(len(slots.get("photos") or [])) if slots.get("photos") else "",
        )
        return []


class SubmitConsultation(DeskAction):
    """Open the order for technical support, and say by when it answers."""

    def name(self) -> str:
        return f"action_submit_{CONSULTATION}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots, tongue = tracker.slots, language(tracker)
        fields = {name: slots[name] for name in (*DEVICE, "phone") if given(slots.get(name))}
        order = self.desk.open_order(
            KIND,
            {**fields, "description": str(slots["consultation_words"])},
            purpose=KIND,
            attachments=slots.get("photos"),
        )
        self.desk.remember(phone=fields.get("phone"))
        solved = self.desk.promise("solve", KIND)
        due = {"by": order.promised_at, "solved": solved.due if solved else None}
        now = self.desk.local_now
        said = {k: spoken_time(self.desk.local(at), now, tongue) if at else "" for k, at in due.items()}
        dispatcher.utter_message(response="utter_consultation_opened", number=order.number, **said)
        return forget(PLAN)


def meant(requested: str | None, text: str, slots: Mapping[str, Any]) -> str | None:
    """The button of the open question that the customer's words stand for, or None."""
    asks_why = any(mark in clip(text).lower() for mark in listed("marks", "why"))
    return "/explain" if requested == "phone" and asks_why else None


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        "action_ask_support": AskSupport,
        **{
            f"action_ask_{CONSULTATION}_{slot}": partial(
                Ask, slot=slot, form=CONSULTATION, response=f"utter_ask_consultation_{slot}"
            )
            for slot in ("consultation_words", "phone")
        },
        f"action_ask_{CONSULTATION}_confirmed": AskConfirmed,
        f"validate_{CONSULTATION}": ValidateConsultation,
        f"action_submit_{CONSULTATION}": SubmitConsultation,
    }
