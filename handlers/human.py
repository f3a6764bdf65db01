"""Talk to a person: the conversation changes hands, the bot falls silent until it is given back."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers.actions import ActionMaker, DeskAction, Events, address, button, entity, files, language, words
from handlers.complaints.registering import KIND
from handlers.desk import Desk
from handlers.ownership import said_of
from handlers.vocabulary import listed, spoken_time, word
from nlu.text import fold
from storage.orders import Order

NOTE_LIMIT = 500
HAZARD = "hazard"
"""Why people were called in danger; its kind stands behind it, after a colon."""
OTHER_WAYS = {"self_service": "/back_to_bot", "callback": "/ask_callback"}
"""Buttons for whoever need not wait: outside of working hours, and first where too many wait."""
SHORT = 40  # letters of a text that says nothing else
LONG = 100  # letters of one that says something else as well


class HandOver(DeskAction):
    """Give the conversation to a person and tell the customer what happens next."""

    def name(self) -> str:
        return "action_hand_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        self.desk.hand_over()
        place = self.desk.place()
        tongue = language(tracker)
        hours, by = self.desk.terms.office_hours(tongue), by_when(self.desk, tongue)
        crowded = place is not None and self.desk.crowded
        others = [button(word("button", name, tongue), payload) for name, payload in OTHER_WAYS.items()]
        dispatcher.utter_message(
            response="utter_handed_over", hours=hours, by=by, buttons=others if by or crowded else []
        )
        say_place(self.desk, dispatcher)
        return [handover(self.desk.now.isoformat(), "asked", words(tracker))]


class BackToBot(DeskAction):
    """The customer goes on with the bot."""

    def name(self) -> str:
        return "action_back_to_bot"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        self.desk.take_back()
        open_form = bool(tracker.active_loop_name)
        dispatcher.utter_message(response="utter_back_in_form" if open_form else "utter_back")
        return [SlotSet("handover", None)]


class KeepForPerson(DeskAction):
    """What comes while a person has the conversation is added to the order it was handed over with."""

    def name(self) -> str:
        return "action_keep_for_person"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        number = (tracker.get_slot("handover") or {}).get("order")
        order = self.desk.find_order(number) if number else None
        if order is None:
            return say_that_it_waits(self.desk, dispatcher, tracker)
        phone = entity(tracker, "phone")
        if phone and not self.desk.customer().phone and _asked_for_phone(tracker):
            dispatcher.utter_message(response="utter_phone_for_person")  # the bot itself had asked for it
        self.desk.remember(phone=phone, address=address(tracker))
        if words(tracker) or files(tracker):
            self.desk.note(order, words(tracker)[:NOTE_LIMIT], files(tracker))
            self.desk.overhear(order, words(tracker))
        if self.desk.owner == "queue" and (kind := _danger(tracker)) and _at_a_loss(words(tracker)):
            return say_danger_again(self.desk, kind, order, dispatcher, tracker)
        return [] if _danger(tracker) else say_that_it_waits(self.desk, dispatcher, tracker)


def say_place(desk: Desk, dispatcher: CollectingDispatcher) -> bool:
    """The place in the queue, where colleagues are there; whether it was said."""
    if (place := desk.place()) is None:
        return False
    desk.told_place(place)
    dispatcher.utter_message(response=said_of(place), ahead=place.ahead, minutes=place.minutes)
    return True


def say_that_it_waits(desk: Desk, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """To who asks something in the queue: their place, or by when somebody answers, as far as it is known."""
    if desk.owner != "queue" or not _asks(words(tracker)) or say_place(desk, dispatcher):
        return []
    if by := by_when(desk, language(tracker)):
        dispatcher.utter_message(response="utter_answered_by", by=by)
    else:
        dispatcher.utter_message(response="utter_still_waiting", hotline=desk.terms.hotline)
    return []


def say_danger_again(
    desk: Desk, kind: str, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker
) -> Events:
    """While nobody has come yet: how to be safe, once more, and each time by when somebody does."""
    begun, tongue = tracker.get_slot("handover") or {}, language(tracker)
    if not begun.get("advised"):
        dispatcher.utter_message(response=f"utter_hazard_{kind}", hotline=desk.terms.hotline)
    by = spoken_time(desk.local(order.promised_at or desk.now), desk.local_now, tongue)
    late = order.promised_at is not None and order.promised_at < desk.now
    dispatcher.utter_message(
        response="utter_hazard_waits", number=order.number, by="" if late else by, hotline=desk.terms.hotline
    )
    return [SlotSet("handover", {**begun, "advised": True})]


def by_when(desk: Desk, tongue: str) -> str:
    """Outside of working hours: by when somebody answers; empty where nothing was promised."""
    at = desk.promised_at
    return spoken_time(desk.local(at), desk.local_now, tongue) if at else ""


def say_by_when(desk: Desk, dispatcher: CollectingDispatcher, tongue: str) -> None:
    """Beside another word that a person takes over: by when, where people do not work now."""
    if by := by_when(desk, tongue):
        dispatcher.utter_message(response="utter_answered_by", by=by)


def _danger(tracker: Tracker) -> str:
    """The kind of danger for which a person was called; empty where it was for something else."""
    return str((tracker.get_slot("handover") or {}).get("reason") or "").partition(f"{HAZARD}:")[2]


def _asks(text: str) -> bool:
    """Whether it is a question, or a call for somebody."""
    folded = fold(text).strip(" 。.!！~")
    calls = len(folded) <= SHORT and any(mark in folded for mark in listed("marks", "how_long"))
    return calls or folded.endswith(tuple(listed("marks", "asking_end")))


def _at_a_loss(text: str) -> bool:
    """Whether somebody in danger does not know what to do, or sees no help coming."""
    folded = fold(text)
    return any(mark in folded for mark in listed("marks", "at_a_loss"))


def _asked_for_phone(tracker: Tracker) -> bool:
    """In danger, or for a severe complaint: the bot itself asked for it when it handed over."""
    reason = str((tracker.get_slot("handover") or {}).get("reason") or "")
    return reason.startswith(HAZARD) or reason == KIND


def handover(at: str, reason: str, note: str, order: str | None = None) -> dict[str, object]:
    """The event that keeps why and with what a person got the conversation."""
    kept = {"at": at, "reason": reason, "note": note[:NOTE_LIMIT]}
    return SlotSet("handover", {**kept, "order": order} if order else kept)


def asks_for_bot(text: str) -> bool:
    """Whether a short text asks to go on with the bot."""
    short = fold(text).strip(" 。.!！")
    if short in listed("marks", "bot"):
        return True
    refuses = any(mark in short for mark in listed("marks", "not_to_bot"))
    return len(short) <= SHORT and not refuses and any(mark in short for mark in listed("marks", "to_bot"))


def gives_up(desk: Desk, text: str) -> bool:
    """Whether who had asked for a person does not want to wait in the queue any more."""
    told = fold(text)
    if (
        desk.owner != "queue"
        or len(told) > LONG
        or any(mark in told for mark in listed("marks", "wants_chief"))
    ):
        return False
    begun = desk.tx.handovers.current(desk.conversation_id)
    asked = begun is not None and begun.reason == "asked"
    return asked and any(mark in told for mark in listed("marks", "gives_up"))


def nobody_came(text: str) -> bool:
    """Whether people are spoken of only to say that there was none: "nobody called me"."""
    lowered = text.lower()
    return any(mark in lowered for mark in listed("marks", "nobody"))


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        "action_hand_over": HandOver,
        "action_back_to_bot": BackToBot,
        "action_keep_for_person": KeepForPerson,
    }
