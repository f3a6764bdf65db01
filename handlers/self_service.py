"""Self-service before dispatch 远程协助优先: the knowledge base's steps, one at a time, inside the report."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers.actions import ActionMaker, DeskAction, Events, language, words
from handlers.desk import Desk
from handlers.report_slots import SKIPPED, given
from handlers.vocabulary import listed
from nlu.article import Article

Slots = dict[str, Any]


def begun(desk: Desk, tracker: Tracker) -> bool:
    """Whether there is a diagnosis to walk through for what is known so far."""
    slots = tracker.slots
    if not given(slots.get("description")) or slots.get("urgency") == "urgent":
        return False
    if slots.get("self_service") is not None or "confirmed" in (slots.get("asked") or []):
        return False
    return bool(slots.get("steps")) or _find(desk, slots) is not None


def after_step(desk: Desk, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    """The slots after the customer said whether the step helped."""
    steps = dict(tracker.get_slot("steps") or {})
    if value == SKIPPED or not steps:
        return {"self_service": SKIPPED}
    if value == "yes" and not _says_solved(words(tracker)):
        dispatcher.utter_message(response="utter_try_the_step")
        return {"self_service": None}
    article = desk.article(steps["article"], language(tracker))
    if article is None or steps["at"] >= len(article.steps):
        return {"self_service": "failed"}
    tried = _tried(tracker, article.steps[steps["at"]])
    if value == "yes":
        return {"self_service": "solved", "steps_tried": tried}
    following = steps["at"] + 1
    if following >= len(article.steps):
        dispatcher.utter_message(response="utter_steps_did_not_help")
        return {"self_service": "failed", "steps_tried": tried}
    return {"self_service": None, "steps_tried": tried, "steps": {**steps, "at": following}}


def meant(text: str) -> str | None:
    """The button that words at a step stand for: somebody who wants a visit wants no more steps."""
    return "/skip" if any(mark in text.lower() for mark in listed("marks", "send_someone")) else None


class AskSelfService(DeskAction):
    """Say the next step and ask whether it helped."""

    def name(self) -> str:
        return "action_ask_report_fault_form_self_service"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        steps = tracker.get_slot("steps")
        events: Events = []
        if not steps:
            found = _find(self.desk, tracker.slots)
            if found is None:
                return [SlotSet("self_service", "none")]
            steps = {"article": found.id, "at": 0}
            dispatcher.utter_message(response="utter_self_service_begins")
        article = self.desk.article(steps["article"], language(tracker))
        at = min(steps["at"], len(article.steps) - 1) if article else 0
        if article is None:
            return [*events, SlotSet("self_service", "failed")]
        again = steps.get("said") == at
        response = "utter_step_again" if again else "utter_step"
        dispatcher.utter_message(response=response, step=article.steps[at])
        return [*events, SlotSet("steps", {**steps, "at": at, "said": at})]


def _says_solved(text: str) -> bool:
    """Whether a yes means that it works again, and not just "all right, I'll try"; a button means it."""
    told = text.strip(" 。.!！~,，").lower()
    solved = any(mark in told for mark in listed("marks", "solved"))
    return not told or solved or told in listed("marks", "plain_yes")


def _find(desk: Desk, slots: Slots) -> Article | None:
    product = slots.get("product")
    return desk.diagnosis(
        str(slots.get("language") or "zh"),
        product if given(product) else None,
        list(slots.get("symptoms") or []),
        slots.get("error_code"),
        str(slots.get("description") or ""),
    )


def _tried(tracker: Tracker, step: str) -> list[str]:
    before = list(tracker.get_slot("steps_tried") or [])
    return before if step in before else [*before, step]


def actions() -> dict[str, ActionMaker]:
    """This part's actions by name."""
    return {"action_ask_report_fault_form_self_service": AskSelfService}
