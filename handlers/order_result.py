"""The result of an order, by chat: confirmed by the customer, or not all right and taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import checks, life, vocabulary
from handlers.about_order import AboutOrder, Verb
from handlers.actions import ActionMaker, DeskAction, DeskForm, Events, language, words
from handlers.desk import Desk
from handlers.life import SYSTEM
from handlers.life.telling import thing
from handlers.life.words import word
from handlers.seen import Seen, seen
from handlers.vocabulary import listed, spoken_time
from storage.orders import Order

RESOLVED = "resolved"
SKIPPED = "-"
SHORT = 40
"""Longer words say more than that."""
_CONFIRMED, _NOT_ALL_RIGHT = "confirmed by the customer", "the customer says it is not all right"
FORM = "reopened_form"


def asked_about(desk: Desk) -> Order | None:
    """The one order whose result the customer was asked about, or at least told of; or None."""
    resolved = [order for order in desk.orders() if order.status == RESOLVED]
    return resolved[0] if len(resolved) == 1 and _seen(desk, resolved[0]) != "nothing" else None


def _seen(desk: Desk, order: Order) -> Seen:
    """How much of the question has reached the customer."""
    done = [word("status", order.status, tongue) for tongue in ("zh", "en")]
    return seen(desk.tx, order, "resolve", "confirm_result", order.number, done)


def _asked_first(verb: Verb) -> Verb:
    """A plain answer to a result that was only announced: the question itself comes first."""

    def answer(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if _seen(desk, order) == "whole":
            return verb(desk, order, dispatcher, tracker)
        tongue = language(tracker)
        dispatcher.utter_message(
            response="utter_order_resolved",
            number=order.number,
            kind=thing(order, tongue),
            about=order.kind,
            status=life.status_line(order.status, tongue),
        )
        return []

    return answer


def confirm(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Keep who confirmed it and through which channel (E8), and close the order."""
    if not life.may(order, "confirm", desk.speaker):
        over = order.status in ("confirmed", "closed")
        dispatcher.utter_message(
            response="utter_result_confirmed_before" if over else "utter_no_result_yet",
            number=order.number,
            status=life.status_line(order.status, language(tracker)),
        )
        return []
    desk.move(order, "confirm", desk.speaker, words(tracker) or _CONFIRMED)
    desk.move(order, "close", SYSTEM, _CONFIRMED)
    dispatcher.utter_message(response="utter_result_confirmed", number=order.number)
    return []


def reopen(desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Take the order up again (二次处理), and ask what is wrong now."""
    if desk.can_reopen(order):
        reopen_order(desk, order, dispatcher, tracker, words(tracker))
        return [SlotSet("reopened_order", order.number), ActiveLoop(FORM)]
    working = order.open and order.status != RESOLVED
    dispatcher.utter_message(
        response="utter_reopened_before" if working else "utter_no_order_to_reopen",
        number=order.number,
        status=life.status_line(order.status, language(tracker)),
    )
    return []


def reopen_order(
    desk: Desk, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker, told: str = ""
) -> Events:
    """Reopen it with what the customer told, and say so."""
    moved, tongue = desk.move(order, "reopen", desk.speaker, told or _NOT_ALL_RIGHT), language(tracker)
    due = moved.order.promised_at
    promised = {"due": spoken_time(desk.local(due), desk.local_now, tongue)} if due else {}
    again = {"next": vocabulary.word("promise", "second_handling", tongue)}
    dispatcher.utter_message(**life.news(moved, tongue, **promised, **again))
    return []


class ValidateReopened(DeskForm):
    """Any words will do."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def validate_reopened_words(self, value: Any, *_: Any) -> dict[str, Any]:
        """What is wrong now, or nothing."""
        return {"reopened_words": SKIPPED if value == SKIPPED else checks.clean(value, 500) or None}


class SubmitReopened(DeskAction):
    """Add what is wrong now to the order taken up again."""

    def name(self) -> str:
        return f"action_submit_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        number, told = str(tracker.get_slot("reopened_order")), tracker.get_slot("reopened_words")
        order, photos = self.desk.find_order(number), list(tracker.get_slot("photos") or [])
        added = order is not None and (told != SKIPPED or bool(photos))
        if order is not None and added:
            self.desk.note(order, "" if told == SKIPPED else str(told), photos)
        response = "utter_added_to_order" if added else "utter_reopened_waits"
        dispatcher.utter_message(response=response, number=number)
        return [SlotSet(name, None) for name in ("reopened_order", "reopened_words", "photos")]


VERBS: dict[str, Verb] = {"confirm_result": confirm, "reopen_order": reopen}
ANSWERS: dict[str, Verb] = {"affirm": _asked_first(confirm), "deny": _asked_first(reopen)}
"""What a plain yes or no to "is everything all right now?" does."""


class AboutResult(AboutOrder):
    """The result of an order: confirmed, or not all right."""

    verbs = VERBS
    missing = "utter_no_order_to_reopen"

    def meant(self) -> Sequence[Order]:
        resolved = [order for order in self.desk.orders() if order.status == RESOLVED]
        if resolved or self.verb != "reopen_order":
            return resolved
        return [order for order in self.desk.orders() if self.desk.can_reopen(order)][:1]


def meant(text: str) -> str | None:
    """The button that plain words stand for where no question is open, or None."""
    lowered = text.lower()
    wanted = len(lowered) <= SHORT and any(mark in lowered for mark in listed("marks", "reopen"))
    refused = any(mark in lowered for mark in listed("marks", "not_to_bot"))
    return "/reopen_order" if wanted and not refused else None


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    verbs: dict[str, ActionMaker] = {
        f"action_{verb}": partial(AboutResult, verb=verb) for verb in AboutResult.verbs
    }
    return {**verbs, f"validate_{FORM}": ValidateReopened, f"action_submit_{FORM}": SubmitReopened}
