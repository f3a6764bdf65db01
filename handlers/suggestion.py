"""Suggestion 建议: the words are kept with a number; nobody promises anything (C4)."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import checks, telling
from handlers.actions import ActionMaker, DeskAction, DeskForm, Events, entity
from handlers.complaints.registering import KIND
from handlers.complaints.settings import SUGGESTION
from handlers.report_slots import SKIPPED, given

FORM = "suggestion_form"
ENOUGH = 5
"""How much must be said to need no further words (see `telling.request_told`)."""
SLOTS = ("suggestion_words", "suggestion_product", "photos")


class BeginSuggestion(DeskAction):
    """Thanks, then what is suggested if that was not said yet."""

    def name(self) -> str:
        return "action_make_suggestion"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        dispatcher.utter_message(response="utter_suggestion")
        told = telling.request_told(tracker.latest_message, ENOUGH)
        return [
            SlotSet("suggestion_words", str(told)[:500] if told else None),
            SlotSet("suggestion_product", entity(tracker, "product")),
            ActiveLoop(FORM),
        ]


class ValidateSuggestion(DeskForm):
    """Any words will do."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def validate_suggestion_words(self, value: Any, *_: Any) -> dict[str, Any]:
        """What is suggested, or nothing."""
        return {"suggestion_words": SKIPPED if value == SKIPPED else checks.clean(value, 500) or None}


class SubmitSuggestion(DeskAction):
    """Keep it under a number, without a promise."""

    def name(self) -> str:
        return f"action_submit_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots = tracker.slots
        told = str(slots["suggestion_words"]) if given(slots.get("suggestion_words")) else ""
        fields = {"description": told, "product": slots.get("suggestion_product"), "category": SUGGESTION}
        order = self.desk.open_order(
            KIND,
            {name: value for name, value in fields.items() if value},
            purpose=SUGGESTION,  # another order may be opened in the same turn
            attachments=slots.get("photos"),
            promised=False,
        )
        dispatcher.utter_message(response="utter_suggestion_kept", number=order.number)
        return [SlotSet(name, None) for name in SLOTS]


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        "action_make_suggestion": BeginSuggestion,
        f"validate_{FORM}": ValidateSuggestion,
        f"action_submit_{FORM}": SubmitSuggestion,
    }
