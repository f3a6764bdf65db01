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

Slots = dict[str, Any]


def begun(desk: Desk, tracker: Tracker) -> bool:
    """Whether there is a diagnosis to walk through for what is known so far."""
    slots = tracker.slots
    if not given(slots.get("description")) or slots.get("urgency") == "urgent":
        return False
    return bool(slots.get("steps")) or _find(desk, slots) is not None


def after_step(desk: Desk, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    """The slots after the customer said whether the step helped."""
    steps = dict(tracker.get_slot("steps") or {})
    if value == SKIPPED or not steps:
        return {"self_service": SKIPPED}
    if value == "yes" and words(tracker).strip(" 。.!！~").lower() in listed("marks", "assent"):
        dispatcher.utter_message(response="utter_try_the_step")
        return {"self_service": None}
    diagnosis = desk.diagnosis_of(steps["article"])
    if diagnosis is None:
        return {"self_service": "failed"}
    if value == "yes":
        return {"self_service": "solved", "tried": _tried(tracker, diagnosis, steps["at"])}
    tried = _tried(tracker, diagnosis, steps["at"])
    following = diagnosis.after(steps["at"], helped=False)
    if following is None:
        dispatcher.utter_message(response="utter_steps_did_not_help")
        return {"self_service": "failed", "tried": tried}
    return {"self_service": None, "tried": tried, "steps": {**steps, "at": following}}


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
            steps = {"article": found.article, "at": found.first}
            events = [SlotSet("steps", steps)]
            dispatcher.utter_message(response="utter_self_service_begins")
        diagnosis = self.desk.diagnosis_of(steps["article"])
        assert diagnosis is not None
        text = diagnosis.text(steps["at"], language(tracker))
        dispatcher.utter_message(response="utter_step", step=text)
        return events


def _find(desk: Desk, slots: Slots) -> Any:
    return desk.diagnosis(
        text=str(slots.get("description") or ""),
        product=slots.get("product"),
        error_code=slots.get("error_code"),
        language=str(slots.get("language") or "zh"),
    )


def _tried(tracker: Tracker, diagnosis: Any, at: int) -> list[str]:
    before = list(tracker.get_slot("tried") or [])
    step = diagnosis.text(at, language(tracker))
    return before if step in before else [*before, step]


def actions() -> dict[str, ActionMaker]:
    """This part's actions by name."""
    return {"action_ask_report_fault_form_self_service": AskSelfService}
