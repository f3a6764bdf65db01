"""Words about orders that exist: urge 催单, cancel 取消, another time 改约, more information 补充."""

from __future__ import annotations

from functools import partial

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import checks, life, telling
from handlers.about_order import AboutOrder, Verb
from handlers.actions import ActionMaker, DeskAction, Events, address, button, entity, intent, language, words
from handlers.desk import Desk
from handlers.human import handover, say_by_when
from handlers.installation import change_appointment
from handlers.life import CUSTOMER
from handlers.order_questions import QUESTION, VISIT_TIME
from handlers.report_hearing import visit_wished
from handlers.report_slots import FORM, given
from handlers.report_words import shown
from handlers.track_order import found_by, told
from handlers.vocabulary import spoken_time, word
from storage.orders import Order

BEGUN = ("on_site", "resolved", "confirmed")
"""States in which the visit is there or over: it cannot be moved."""


def urge(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Note that the customer is waiting, and say until when."""
    desk.move(order, "urge", desk.speaker, words(tracker)[:300])
    late = order.promised_at is None or order.promised_at < desk.now
    by = "" if late or not order.promised_at else spoken_time(
        desk.local(order.promised_at), desk.local_now, language(tracker)
    )  # fmt: skip
    if late:
        desk.hand_over("urge")
        dispatcher.utter_message(response="utter_urged_late", number=order.number)
        say_by_when(desk, dispatcher, language(tracker))
        return [handover(desk.now.isoformat(), "urge", words(tracker), order.number)]
    dispatcher.utter_message(response="utter_urged", number=order.number, by=by)
    return []


def cancel(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Cancel what nobody works on yet, after one question; anything later goes to a person."""
    if not life.may(order, "cancel", desk.speaker):
        desk.note(order, f"customer wants to cancel: {words(tracker)[:300]}")
        desk.hand_over("cancel_order")
        dispatcher.utter_message(response="utter_cancel_by_person", number=order.number)
        say_by_when(desk, dispatcher, language(tracker))
        return [handover(desk.now.isoformat(), "cancel_order", words(tracker), order.number)]
    if entity(tracker, "sure") != "yes":
        thing = shown(order.fields, "product", language(tracker))
        dispatcher.utter_message(response="utter_really_cancel_order", number=order.number, thing=thing)
        sure = f'/cancel_order{{"order_number": "{order.number}", "sure": "yes"}}'
        return [SlotSet("expects", {"affirm": sure, "deny": "/resume"})]
    moved = desk.move(order, "cancel", desk.speaker, "cancelled by the customer")
    dispatcher.utter_message(**life.news(moved, language(tracker)))
    return []


def booked_by_chat(desk: Desk, order: Order) -> bool:
    """Whether the customer chooses the visit's time here."""
    return order.kind == "installation" or desk.tx.appointments.standing(order.id) is not None


def change_time(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Move the visit where one is booked by chat; else note the wish, and a person arranges it."""
    if order.status not in BEGUN and booked_by_chat(desk, order):
        wish = entity(tracker, "window") or entity(tracker, "time") or entity(tracker, "date")
        booked = change_appointment(desk, order, wish, dispatcher, tracker)
        return [SlotSet(VISIT_TIME, None if booked else order.number)]
    desk.note(order, f"customer asks for another time: {words(tracker)[:300]}")
    desk.hand_over("change_appointment")
    vague = "/" in str(entity(tracker, "date") or "") and not entity(tracker, "time")
    response = "utter_change_which_day" if vague else "utter_change_by_person"
    dispatcher.utter_message(response=response, number=order.number)
    say_by_when(desk, dispatcher, language(tracker))
    return [handover(desk.now.isoformat(), "change_appointment", words(tracker), order.number)]


def add_information(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Add the customer's words and files to the order; a new name, phone or address is known from then on."""
    told = (words(tracker) or str(entity(tracker, "words") or ""))[:500]
    new = list(tracker.get_slot("photos") or [])
    contact = new_contact(desk, tracker)
    names_only = intent(tracker) == "correct_information" and not telling.tells_value(tracker.latest_message)
    if (not told or names_only) and not new and not contact:
        dispatcher.utter_message(
            response="utter_which_correction" if names_only else "utter_tell_me_more", number=order.number
        )
        return []
    if told or not new:
        parts = [*(f"new {slot}: {value}" for slot, value in contact.items()), told]
        desk.note(order, "; ".join(part for part in parts if part), new)
    else:
        desk.link(new, order)
    if life.may(order, "customer_answered", desk.speaker) and _was_asked(desk, order):
        desk.move(order, "customer_answered", desk.speaker, told)
    tongue = language(tracker)
    if contact:
        desk.remember(**contact)
        said = "; ".join(f"{word('field', s, tongue)} {shown(contact, s, tongue)}" for s in contact)
        dispatcher.utter_message(response="utter_contact_noted", number=order.number, contact=said)
    else:
        dispatcher.utter_message(response="utter_added_to_order", number=order.number)
    return [SlotSet("photos", None), SlotSet(QUESTION, None)]


def _was_asked(desk: Desk, order: Order) -> bool:
    """Whether the order waits for an answer in words, and not for one to a quotation."""
    moves = [event.move for event in desk.events(order) if event.move]
    return moves[-1:] == ["ask_customer"]


def new_contact(desk: Desk, tracker: Tracker) -> dict[str, str | None]:
    """Name, phone and address in the latest message, where they are fit to be used."""
    phone, message = entity(tracker, "phone"), tracker.latest_message
    told = {
        "name": entity(tracker, "person_name"),
        "phone": checks.phone(phone, desk.terms.countries) if phone else None,
        "address": checks.address(found, message) if (found := address(tracker)) else None,
    }
    return {slot: value for slot, value in told.items() if value}


VERBS: dict[str, Verb] = {
    "urge_order": urge,
    "cancel_order": cancel,
    "change_appointment": change_time,
    "add_information": add_information,
}


class AboutOpenOrder(AboutOrder):
    """Something about an order that is open: urge, cancel, another time, more information."""

    verbs = VERBS

    def say_missing(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        if tracker.active_loop_name == FORM:
            dispatcher.utter_message(response="utter_not_submitted_yet", by=self._answered_by(tracker))
            return
        super().say_missing(dispatcher, tracker)

    def _answered_by(self, tracker: Tracker) -> str:
        """Until when the report under way is answered, if it were submitted now."""
        slots = tracker.slots
        urgency = "urgent" if slots.get("urgency") == "urgent" else "normal"
        address = str(slots["address"]) if given(slots.get("address")) else None
        due = self.desk.answered_by("fault", urgency, address)
        return spoken_time(self.desk.local(due), self.desk.local_now, language(tracker)) if due else ""

    def do(self, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if not order.open:
            dispatcher.utter_message(response="utter_order_is_over", number=order.number)
            return []
        return super().do(order, dispatcher, tracker)


class WishVisit(AboutOpenOrder):
    """Another time, said while a fault is being reported: when that visit is wished."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        wished = visit_wished(entity(tracker, "time"), entity(tracker, "date"), self.desk.local_now)
        if wished is None:
            return await super().run(dispatcher, tracker, domain)
        told = shown({"wished": wished}, "wished", language(tracker))
        dispatcher.utter_message(response="utter_wish_kept", wished=told)
        return [SlotSet("wished", wished)]


class Inform(AboutOpenOrder):
    """A phone number, a name or an address out of the blue: it belongs to the open order, if there is one."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        contact = new_contact(self.desk, tracker)
        if not contact:
            return []
        if tracker.get_slot("track_missed") and contact.get("phone"):
            return self._tracked(contact["phone"], dispatcher, tracker)
        if any(order.open for order in self.desk.orders()):
            return await super().run(dispatcher, tracker, domain)
        self.desk.remember(**contact)
        dispatcher.utter_message(response="utter_contact_kept")
        return []

    def _tracked(self, phone: str | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Another try to open an order by its phone number; each one counts."""
        order = found_by(self.desk, tracker, phone)
        if order is not None:
            dispatcher.utter_message(**told(self.desk, order, language(tracker)))
            return [SlotSet("track_missed", None)]
        dispatcher.utter_message(response="utter_order_not_found")
        return [SlotSet("track_guesses", int(tracker.get_slot("track_guesses") or 0) + 1)]


class NothingToStop(DeskAction):
    """Cancel with nothing open: perhaps an order is meant."""

    def name(self) -> str:
        return "action_nothing_to_stop"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        orders = [order for order in self.desk.orders() if life.may(order, "cancel", CUSTOMER)][:3]
        if not orders:
            dispatcher.utter_message(response="utter_nothing_open")
            return []
        title = word("button", "cancel_order", language(tracker))
        payloads = [f'/cancel_order{{"order_number": "{order.number}"}}' for order in orders]
        buttons = [
            button(f"{title} {order.number}", payload)
            for order, payload in zip(orders, payloads, strict=True)
        ]
        dispatcher.utter_message(response="utter_nothing_to_stop", buttons=buttons)
        return [SlotSet("expects", {"affirm": payloads[0], "deny": "/resume"})] if len(orders) == 1 else []


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    verbs: dict[str, ActionMaker] = {f"action_{verb}": partial(AboutOpenOrder, verb=verb) for verb in VERBS}
    verbs["action_inform"] = partial(Inform, verb="add_information")
    verbs["action_wish_visit"] = partial(WishVisit, verb="change_appointment")
    return {**verbs, "action_nothing_to_stop": NothingToStop}
