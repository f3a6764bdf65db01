"""What can be done to a report besides answering: change a field, go back, stop, start over."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import self_service, telling
from handlers.actions import ActionMaker, DeskAction, Events, button, entity, intent, language, words
from handlers.plans import Plan, plan_of
from handlers.report_slots import forget, given
from handlers.report_submit import SubmitReport
from handlers.report_words import shown
from handlers.vocabulary import listed, spoken_time, word


class ChangeField(DeskAction):
    """Ask one field of the report again; the old value is kept until there is a new one."""

    def name(self) -> str:
        return "action_change_field"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        plan = plan_of(tracker)
        field = entity(tracker, "field") or _named_field(words(tracker), plan.changeable)
        if field == "urgency":
            value = "normal" if tracker.get_slot("urgency") == "urgent" else "urgent"
            return [SlotSet("urgency", value)]
        if field not in plan.changeable:
            offer_changes(dispatcher, tracker)
            return [SlotSet("expects", {"wait": True})]
        return _reopen(tracker, field)


class GoBack(DeskAction):
    """Ask the question before the open one again."""

    def name(self) -> str:
        return "action_go_back"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        asked = list(tracker.get_slot("asked") or [])
        current = tracker.get_slot("requested_slot")
        if current == "self_service" and (before := self_service.back(self.desk, tracker)):
            return before
        while asked and asked[-1] == current:
            asked.pop()
        if not asked:
            dispatcher.utter_message(response="utter_nothing_before")
            return []
        return [*_reopen(tracker, asked[-1]), SlotSet("asked", asked[:-1])]


class StopReport(DeskAction):
    """Give the report up, after one question where something would be lost."""

    def name(self) -> str:
        return "action_stop_report"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        plan = plan_of(tracker)
        if first := _asked_first("utter_really_stop", "/stop", plan, dispatcher, tracker):
            return first
        named = word("request", plan.kind, language(tracker))
        dispatcher.utter_message(response="utter_report_stopped", request=named)
        return [*forget(plan), ActiveLoop(None)]


class RestartReport(DeskAction):
    """Begin the report again from nothing."""

    def name(self) -> str:
        return "action_restart_report"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        plan = plan_of(tracker)
        if first := _asked_first("utter_really_restart", "/restart", plan, dispatcher, tracker):
            return first
        dispatcher.utter_message(response="utter_report_restarted")
        return [*forget(plan), SlotSet("requested_slot", plan.asked[0])]


class AlreadyReporting(DeskAction):
    """ "I want to report a fault" while one is being reported: say that we are at it."""

    def name(self) -> str:
        return "action_already_reporting"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if len(tracker.get_slot("asked") or []) > 1:
            named = word("request", plan_of(tracker).kind, language(tracker))
            dispatcher.utter_message(response="utter_already_reporting", request=named)
        return []


class Explain(DeskAction):
    """Say why the open question is asked."""

    def name(self) -> str:
        return "action_explain"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        dispatcher.utter_message(response=f"utter_why_{tracker.get_slot('requested_slot')}")
        return []


class SayHowSoon(DeskAction):
    """By when the customer would hear from us, if the report was sent off now."""

    def name(self) -> str:
        return "action_say_how_soon"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots, plan = tracker.slots, plan_of(tracker)
        due = self.desk.answered_by(plan.kind, str(slots.get("urgency") or "normal"), slots.get("address"))
        by = spoken_time(self.desk.local(due), self.desk.local_now, language(tracker)) if due else ""
        dispatcher.utter_message(response="utter_how_soon" if by else "utter_how_soon_later", by=by)
        return []


class ResumeReport(DeskAction):
    """Go on with the open question, if there is one."""

    def name(self) -> str:
        return "action_resume"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if not tracker.active_loop_name:
            dispatcher.utter_message(response="utter_nothing_open")
        return []


def _asked_first(
    response: str, meaning: str, plan: Plan, dispatcher: CollectingDispatcher, tracker: Tracker
) -> Events:
    """The question before what was told is lost; nothing where that is little, or it was answered."""
    told = [slot for slot in plan.changeable if given(tracker.get_slot(slot))]
    if len(told) <= 1 or entity(tracker, "sure") == "yes":
        return []
    named = word("request", plan.kind, language(tracker))
    dispatcher.utter_message(response=response, request=named)
    return [SlotSet("expects", {"affirm": f'{meaning}{{"sure": "yes"}}', "deny": "/resume", "wait": True})]


def say_changed(dispatcher: CollectingDispatcher, tracker: Tracker, slot: str, value: Any) -> None:
    """Say that a field now has a new value."""
    tongue = language(tracker)
    dispatcher.utter_message(
        response="utter_changed",
        field=word("field", slot, tongue),
        value=shown({slot: value}, slot, tongue),
    )


def second_device(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Another appliance named in the middle of a report: it gets a report of its own afterwards."""
    product, other = tracker.get_slot("product"), entity(tracker, "product")
    asked = tracker.get_slot("requested_slot")
    payload = not words(tracker)
    if payload or intent(tracker) != "report_fault" or asked in (None, "product") or not given(product):
        return []
    if not other or other == product:
        return []
    tongue = language(tracker)
    dispatcher.utter_message(
        response="utter_second_device",
        thing=shown(tracker.slots, "product", tongue),
        other=shown({"product": other}, "product", tongue),
        buttons=[button(word("button", "change_product", tongue), f'/inform{{"product": "{other}"}}')],
    )
    kept = [SlotSet(name, tracker.get_slot(name)) for name in tracker.slots_to_validate()]
    told = telling.fault_told(tracker.latest_message)
    return [*kept, SlotSet("next_report", {"product": other, "description": told})]


def second_of_two(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Two appliances named in the words that open the report: the second gets one of its own afterwards."""
    named = [
        e for e in tracker.latest_message.get("entities") or [] if e["entity"] == "product" and "start" in e
    ]
    if (
        tracker.get_slot("requested_slot") is not None
        or given(tracker.get_slot("product"))
        or len(named) != 2
    ):
        return []
    first, other = named
    between = words(tracker)[first["end"] : other["start"]].strip().lower()
    if first["value"] == other["value"] or between not in listed("marks", "and"):
        return []
    tongue = language(tracker)
    things = [shown({"product": e["value"]}, "product", tongue) for e in named]
    dispatcher.utter_message(response="utter_second_device", thing=things[0], other=things[1])
    return [SlotSet("next_report", {"product": other["value"], "description": None})]


def offer_changes(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Offer every field of the summary as a button."""
    plan, tongue = plan_of(tracker), language(tracker)
    fields = [
        slot
        for slot in plan.changeable
        if slot in (*plan.needed, "urgency") or tracker.get_slot(slot) is not None
    ]
    buttons = [button(word("field", slot, tongue), f'/change_field{{"field": "{slot}"}}') for slot in fields]
    dispatcher.utter_message(response="utter_what_to_change", buttons=buttons)


def _reopen(tracker: Tracker, slot: str) -> Events:
    replaced = dict(tracker.get_slot("replaced") or {})
    old = tracker.get_slot(slot)
    if given(old) and slot in plan_of(tracker).changeable:
        replaced[slot] = old
    attempts = {k: v for k, v in (tracker.get_slot("attempts") or {}).items() if k != slot}
    return [
        SlotSet(slot, None),
        SlotSet("replaced", replaced),
        SlotSet("attempts", attempts),
        SlotSet("requested_slot", slot),
    ]


def _named_field(text: str, fields: tuple[str, ...]) -> str | None:
    """The field that the customer names: "the address is wrong"."""
    lowered = text.lower()
    return next((f for f in fields if any(name in lowered for name in listed("field_names", f))), None)


def actions() -> dict[str, ActionMaker]:
    """The report's actions besides its validation, by name."""
    return {
        "action_change_field": ChangeField,
        "action_go_back": GoBack,
        "action_stop_report": StopReport,
        "action_restart_report": RestartReport,
        "action_already_reporting": AlreadyReporting,
        "action_explain": Explain,
        "action_say_how_soon": SayHowSoon,
        "action_resume": ResumeReport,
        "action_submit_report_fault_form": SubmitReport,
    }
