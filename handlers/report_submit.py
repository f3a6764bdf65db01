"""The end of a fault report: a new order, an addition to an open one, or solved by self-service."""

from __future__ import annotations

from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers.about_order import attempt
from handlers.actions import DeskAction, Events, language
from handlers.devices import REPLACEMENT
from handlers.order_result import reopen_order
from handlers.question import UNANSWERED
from handlers.report_slots import CONTACT, FORM, REPORT_PLAN, forget, given, same_order
from handlers.report_warranty import warranty_fields
from handlers.report_words import shown
from handlers.vocabulary import spoken_time
from storage.orders import Order

KEPT_FIELDS = (
    "product",
    "brand",
    "model",
    "serial_number",
    "purchase_date",
    "description",
    "error_code",
    "symptoms",
    "since",
    "conditions",
    "tried",
    "wished",
    "name",
    "phone",
    "address",
    "place",
)


class SubmitReport(DeskAction):
    """Turn the finished report into what it leads to, and say what happens next."""

    def name(self) -> str:
        return "action_submit_report_fault_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots = tracker.slots
        if slots.get("self_service") == "solved":
            self._solved(dispatcher, slots)
        elif slots.get("duplicate") == "same" and (order := same_order(self.desk, slots.get("product"))):
            self._added(order, dispatcher, tracker)
        else:
            self._opened(dispatcher, tracker)
        return [*forget(REPORT_PLAN), SlotSet(UNANSWERED, None), *self._next_report(dispatcher, tracker)]

    def _next_report(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """The report of the other appliance named meanwhile."""
        following = tracker.get_slot("next_report")
        if not following:
            return []
        thing = shown(following, "product", language(tracker))
        dispatcher.utter_message(response="utter_next_report", thing=thing)
        told = [SlotSet(slot, following.get(slot)) for slot in ("product", "description")]
        return [SlotSet("next_report", None), *told, ActiveLoop(FORM)]

    def _added(self, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        """To the open order, or to the one that was thought done and is taken up again."""
        slots = tracker.slots
        if self.desk.can_reopen(order):
            attempt(partial(reopen_order, told=_told(slots)), self.desk, order, dispatcher, tracker)
            self.desk.link(slots.get("photos") or [], order)
            return
        self.desk.note(order, _told(slots), slots.get("photos"))
        dispatcher.utter_message(response="utter_added_to_order", number=order.number)

    def _solved(self, dispatcher: CollectingDispatcher, slots: dict[str, Any]) -> None:
        order = self.desk.open_order(
            "fault",
            self._fields(slots),
            opening="solve_alone",
            note="solved by self-service",
            attachments=slots.get("photos"),
        )
        dispatcher.utter_message(response="utter_solved", number=order.number)

    def _opened(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        slots, tongue = tracker.slots, language(tracker)
        priority = "urgent" if slots.get("urgency") == "urgent" else "normal"
        order = self.desk.open_order(
            "fault", self._fields(slots), priority=priority, attachments=slots.get("photos")
        )
        self.desk.remember(**{s: slots[s] for s in CONTACT if given(slots.get(s))})
        by = ""
        if order.promised_at:
            by = spoken_time(self.desk.local(order.promised_at), self.desk.local_now, tongue)
        urgent = "_urgent" if order.priority == "urgent" else ""
        dispatcher.utter_message(response=f"utter_order_opened{urgent}", number=order.number, by=by)
        if repairs := order.fields.get(REPLACEMENT):
            dispatcher.utter_message(response="utter_replacement_offered", count=str(len(repairs)))

    def _fields(self, slots: dict[str, Any]) -> dict[str, Any]:
        return {**fields_of(slots), **warranty_fields(slots, self.desk)}


def fields_of(slots: dict[str, Any]) -> dict[str, Any]:
    """What the order keeps of the report."""
    fields = {name: slots[name] for name in KEPT_FIELDS if given(slots.get(name))}
    if given(slots.get("steps_tried")):
        steps = slots.get("steps") or {}
        fields["self_service"] = {
            "article": steps.get("article"),
            "version": steps.get("version"),
            "tried": slots["steps_tried"],
        }
    return fields


def _told(slots: dict[str, Any]) -> str:
    parts = (slots.get("description"), slots.get("since"), slots.get("conditions"))
    return "; ".join(str(part) for part in parts if given(part))
