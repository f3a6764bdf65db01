"""Progress of service orders 查进度: the customer's own, or one by its number and the phone given in it."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import checks, life, service_sheet, visits
from handlers.actions import ActionMaker, DeskAction, DeskForm, Events, entity, files, language, words
from handlers.desk import Desk
from handlers.life.holding import contact_of, responsible
from handlers.life.moving import AWAITED
from handlers.report_hearing import visit_wished
from handlers.report_slots import FORM as REPORT
from handlers.report_slots import SKIPPED, given
from handlers.report_words import shown
from handlers.vocabulary import listed, spoken_time, word
from nlu.text import fold
from storage.orders import Order

FORM = "track_order_form"
SHOWN = 3
GUESSES = 5
PATIENCE = 2
"""So often the number is explained; after that it is not asked for any more."""
REPORTED = ("product", "model", "symptom", "person_name", "phone", "address")
"""Who tells these instead of a number has none."""
Slots = dict[str, Any]


class TrackOrder(DeskAction):
    """Tell how the customer's orders stand, or ask for a number where none is known."""

    def name(self) -> str:
        return "action_track_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        number = entity(tracker, "order_number")
        if number:
            order = self.desk.find_order(str(number))
            if order is not None:
                self._tell(order, dispatcher, tracker)
                return []
            return [SlotSet("track_number", str(number)), ActiveLoop(FORM)]
        orders = self.desk.orders()
        current = [order for order in orders if order.open] or orders[:1]
        if not current and (wished := self._wished(tracker)):
            said = shown({"wished": wished}, "wished", language(tracker))
            dispatcher.utter_message(response="utter_wish_kept", wished=said)
            return [SlotSet("wished", wished)]
        if not current and not tracker.active_loop_name and _wants_one_sent(words(tracker)):
            return [ActiveLoop(REPORT)]
        if not current:
            dispatcher.utter_message(response="utter_no_orders")
            return [ActiveLoop(FORM)]
        if len(current) == 1:
            self._tell(current[0], dispatcher, tracker)
            return []
        for order in current[:SHOWN]:
            dispatcher.utter_message(**told(self.desk, order, language(tracker)))
        return []

    def _wished(self, tracker: Tracker) -> str | None:
        """The day named by who asks in a report when somebody comes, as "明天能来吗"."""
        if tracker.active_loop_name != REPORT:
            return None
        return visit_wished(entity(tracker, "time"), entity(tracker, "date"), self.desk.local_now)

    def _tell(self, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        """How the order stands, and its sheet where it can be sent."""
        tongue = language(tracker)
        buttons = [service_sheet.beside(order, tongue)] if self.desk.sheets else []
        dispatcher.utter_message(**told(self.desk, order, tongue), buttons=buttons)


class ValidateTrack(DeskForm):
    """Checks the number and the phone that together open somebody's order."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def validate_track_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """An order number; one of the customer's own needs no phone."""
        if value == SKIPPED:
            return {"track_number": SKIPPED, "track_phone": SKIPPED}
        if not entity(tracker, "order_number"):
            if any(entity(tracker, name) for name in REPORTED):
                return {"track_number": SKIPPED, "track_phone": SKIPPED}
            if files(tracker):
                return {"track_number": None}
            wrong = int(tracker.get_slot("track_wrong") or 0) + 1
            if wrong > PATIENCE:
                return {"track_number": SKIPPED, "track_phone": SKIPPED, "track_wrong": None}
            dispatcher.utter_message(
                response="utter_bad_track_number" if wrong == 1 else "utter_where_track_number"
            )
            return {"track_number": None, "track_wrong": wrong}
        own = self.desk.find_order(str(value)) is not None
        return {"track_number": str(value), **({"track_phone": SKIPPED} if own else {})}

    async def validate_track_phone(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """The phone number given in the order."""
        if value == SKIPPED:
            return {"track_phone": SKIPPED}
        phone = checks.phone(value, self.desk.terms.countries)
        if phone is None and not files(tracker):
            dispatcher.utter_message(response="utter_bad_phone")
        return {"track_phone": phone}


class SubmitTrack(DeskAction):
    """Tell of the order if number and phone belong together; otherwise nothing about it."""

    def name(self) -> str:
        return f"action_submit_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        number, phone = tracker.get_slot("track_number"), tracker.get_slot("track_phone")
        guesses = int(tracker.get_slot("track_guesses") or 0)
        emptied = [SlotSet(name, None) for name in ("track_number", "track_phone", "track_wrong")]
        order = None
        if given(number) and guesses < GUESSES:
            order = self.desk.find_order(str(number), phone if given(phone) else None)
        if order is not None:
            dispatcher.utter_message(**told(self.desk, order, language(tracker)))
            return emptied
        dispatcher.utter_message(response="utter_order_not_found" if given(number) else "utter_no_number")
        missed = str(number) if given(number) else None
        return [*emptied, SlotSet("track_guesses", guesses + 1), SlotSet("track_missed", missed)]


def _wants_one_sent(text: str) -> bool:
    """Whether somebody is to be sent, and it is not asked where they are."""
    folded = fold(text)
    wants = any(mark in folded for mark in listed("marks", "send_here"))
    return wants and not any(mark in folded for mark in listed("marks", "not_here"))


def found_by(desk: Desk, tracker: Tracker, phone: str | None) -> Order | None:
    """The order asked for before with a phone number that was not its own, if this one is."""
    number, guesses = tracker.get_slot("track_missed"), int(tracker.get_slot("track_guesses") or 0)
    return desk.find_order(str(number), phone) if number and phone and guesses < GUESSES else None


def told(desk: Desk, order: Order, tongue: str) -> dict[str, str]:
    """The arguments of the message that tells how an order stands."""
    now = desk.local_now
    device = [shown(order.fields, "brand", tongue), shown(order.fields, "product", tongue)]
    due = order.promised_at if order.status in AWAITED else None
    late = due is not None and due < desk.now
    return {
        "response": "utter_order_late" if late else "utter_order_status",
        "number": order.number,
        "kind": " ".join(part for part in (*device, word("kind", order.kind, tongue)) if part),
        "status": life.status_line(order.status, tongue),
        "escalated": life.escalation_line(order.escalation, tongue),
        "opened": spoken_time(desk.local(order.created_at), now, tongue),
        "by": spoken_time(desk.local(due), now, tongue) if due and not late else "",
        "visit": visits.told(desk, order, tongue),
        "contact": contact_of(responsible(desk.tx, order)),
    }


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        "action_track_order": TrackOrder,
        f"validate_{FORM}": ValidateTrack,
        f"action_submit_{FORM}": SubmitTrack,
    }
