"""A call-back instead of waiting: a number, a time promised, a task for the staff (G1, G7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import checks
from handlers.actions import ActionMaker, DeskAction, DeskForm, Events, language
from handlers.desk import Desk
from handlers.ownership import CALLBACK
from handlers.report_words import spoken_phone
from handlers.values import SKIPPED
from handlers.vocabulary import listed, spoken_time, without
from nlu.text import fold
from storage.tasks import Task
from storage.timers import Timer

FORM = "callback_form"
SLOT = "callback_phone"


class AskCallback(DeskAction):
    """Leave the queue for a call-back; the number is asked for where none is known."""

    def name(self) -> str:
        return "action_ask_callback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if self.desk.owner == "agent":
            dispatcher.utter_message(response="utter_person_has_it")
            return []
        self.desk.take_back()
        phone = self.desk.customer().phone
        if phone is None:
            return [ActiveLoop(FORM)]
        return promise(self.desk, phone, dispatcher, tracker)


class ValidateCallback(DeskForm):
    """A number that exists, or none."""

    def name(self) -> str:
        return f"validate_{FORM}"

    async def validate_callback_phone(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """As everywhere; without one there is no call."""
        phone = SKIPPED if value == SKIPPED else checks.phone(value, self.desk.terms.countries)
        if phone is None:
            dispatcher.utter_message(response="utter_bad_phone")
        return {SLOT: phone}


class SubmitCallback(DeskAction):
    """Promise the call, or go on without one."""

    def name(self) -> str:
        return f"action_submit_{FORM}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        phone = str(tracker.get_slot(SLOT))
        if phone == SKIPPED:
            dispatcher.utter_message(response="utter_no_callback")
            return [SlotSet(SLOT, None)]
        self.desk.remember(phone=phone)
        return [SlotSet(SLOT, None), *promise(self.desk, phone, dispatcher, tracker)]


def wishes(text: str) -> bool:
    """Whether the words ask for a call, and say nothing else."""
    said = fold(text)
    rest = without(said, listed("marks", "call_me"))
    left = without(rest, listed("marks", "around_call_me"))
    return rest != said and not any(c.isalnum() for c in left)


def promise(desk: Desk, phone: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Keep the task with its time, which the clock looks after; one call for each conversation."""
    told = str((tracker.get_slot("handover") or {}).get("note") or "")
    task = next((one for one in desk.tx.tasks.open(500, CALLBACK) if _ours(one, desk)), None)
    due = task.due_at if task is not None else None
    if due is None:
        working_time = desk.terms.promises.working_time
        due = working_time.add(desk.now, timedelta(minutes=desk.terms.queue.callback_minutes))
        note = f"the customer wants to be called back: {told}"[:500]
        task_id = desk.tx.tasks.add(
            Task(CALLBACK, note, desk.now, None, desk.conversation_id, desk.customer_id, due)
        )
        timer = Timer(f"{CALLBACK}:{task_id}", CALLBACK, due, None, desk.conversation_id, desk.customer_id)
        timer.payload["task"] = task_id
        desk.tx.timers.set(timer, desk.now)
    by = spoken_time(desk.local(due), desk.local_now, language(tracker))
    dispatcher.utter_message(response="utter_callback_promised", by=by, phone=spoken_phone(phone))
    return [SlotSet("handover", None)]


def _ours(task: Task, desk: Desk) -> bool:
    return task.conversation_id == desk.conversation_id


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        "action_ask_callback": AskCallback,
        f"validate_{FORM}": ValidateCallback,
        f"action_submit_{FORM}": SubmitCallback,
    }
