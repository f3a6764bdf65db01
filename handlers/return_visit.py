"""The return visit 回访, by chat: still fine, a fault again, or something else that is wanted (F5)."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers.actions import ActionMaker, DeskAction, Events, entity, words
from handlers.asked import Told, payload
from handlers.order_result import reopen
from handlers.surveys.opinion import opinion

SLOT = "return_visit"
"""Which visit asked, and the number of the order that it asked about, while the answer is waited for."""
FINE, FAULT, NEED = "fine", "fault", "need"


def asked(visit: str, number: str) -> dict[str, Any]:
    """What the conversation remembers in which the question was put; no number where it is about no order."""
    return {SLOT: {"visit": visit, "order_number": number}}


def answered(told: Told) -> str | None:
    """The button that words stand for: praise says that all is well; a fault told is a report of its own."""
    found = opinion(told.text)
    if found is None or found.sentiment != "good" or told.wants_else(judges=True):
        return None
    return payload("visit_answered", **told.slots[SLOT], outcome=FINE)


class VisitAnswered(DeskAction):
    """Keep what the visit found; a fault is taken up at once, with all that is known."""

    def name(self) -> str:
        return "action_visit_answered"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        number, outcome = str(entity(tracker, "order_number") or ""), str(entity(tracker, "outcome") or "")
        order = self.desk.find_order(number) if number else None
        visit = self.desk.tx.return_visits.find(str(entity(tracker, "visit") or ""))
        theirs = visit is not None and visit.customer_id == self.desk.customer_id
        if order is None and (number or not theirs):
            dispatcher.utter_message(response="utter_not_your_order")
            return [SlotSet(SLOT, None)]
        if visit is not None and theirs:
            self.desk.tx.return_visits.answer(visit.key, outcome, self.desk.now)
        told = words(tracker)
        if order is not None:
            self.desk.note(order, f"return visit: {outcome}" + (f": {told}" if told else ""))
        done: Events = [SlotSet(SLOT, None)]
        if outcome == FAULT and order is not None and self.desk.can_reopen(order):
            return [*done, *reopen(self.desk, order, dispatcher, tracker)]
        known = {FINE: "utter_visit_fine", FAULT: "utter_visit_fault"}.get(outcome, "utter_visit_need")
        dispatcher.utter_message(response=known)
        return done


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {"action_visit_answered": VisitAnswered}
