"""Fault report 故障报修: what is asked, in which order, and how each answer is checked."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import (
    checks,
    doubts,
    report_actions,
    report_asking,
    self_service,
    serial_numbers,
    telling,
)
from handlers.actions import ActionMaker, Events, entity, files, intent, language, words
from handlers.report_hearing import HearReport, tells_fault
from handlers.report_slots import (
    CONTACT,
    DEVICE,
    FORM,
    KEPT,
    OPTIONAL,
    REPORT_PLAN,
    SKIPPED,
    earlier_device,
    given,
    known_contact,
    next_question,
    settled_by,
)
from handlers.report_words import shown
from handlers.vocabulary import listed
from nlu.entities.model import product_of

Slots = dict[str, Any]
VAGUE = "broken"
"""The symptom that says no more than that something is wrong."""
NONE_OF_THESE = "none of these"
"""No to the question which appliance it is."""


def corrects(tracker: Tracker) -> bool:
    """Whether what was told before is taken back: "no, the fault is …"."""
    denied = words(tracker).lower().startswith(tuple(listed("marks", "taken_back")))
    return denied or intent(tracker) == "correct_information"


class ValidateReport(HearReport):
    """Checks every value of the report and chooses the next question."""

    plan = REPORT_PLAN

    def name(self) -> str:
        return f"validate_{FORM}"

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Events:
        """The checked values, what they settle besides, and a word about what was changed on the way."""
        tracker.slots.update({name: self._before.get(name) for name in tracker.slots_to_validate()})
        if other := report_actions.second_device(dispatcher, tracker):
            return other
        also = report_actions.second_of_two(dispatcher, tracker)
        events = [*also, *await super().get_validation_events(dispatcher, tracker, domain)]
        after = {**self._before, **{e["name"]: e["value"] for e in events}}
        requested = self._before.get("requested_slot")
        if settled := settled_by(requested, self._before, after):
            events.append(SlotSet(settled, SKIPPED))
            after[settled] = events[-1]["value"]
        told = any(not given(self._before.get(s)) and given(after.get(s)) for s in CONTACT)
        if told and requested in (*OPTIONAL, "self_service") and after.get(requested) is None:
            events.append(SlotSet(requested, SKIPPED))  # they went on by themselves: no need to insist
            after[requested] = SKIPPED
        replaced = {s: v for s, v in (after.get("replaced") or {}).items() if after.get(s) is None}
        if replaced != (after.get("replaced") or {}):
            events.append(SlotSet("replaced", replaced))
        events += self._doubts(tracker, after)
        self._say_changes(dispatcher, tracker, after)
        return events

    def _doubts(self, tracker: Tracker, after: Slots) -> Events:
        """What this message left in doubt is open again, and what it settled is set."""
        changed = doubts.settle(tracker, self._before, after, self.desk.local_now.date())
        after.update(changed)
        return [SlotSet(slot, value) for slot, value in changed.items()]

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any] | None:
        """The first question of the clerk's list that is still open and worth asking."""
        if doubtful := next(iter(tracker.get_slot("doubts") or {}), None):
            return SlotSet("requested_slot", doubtful)
        diagnosed = self_service.begun(self.desk, tracker)
        return SlotSet("requested_slot", next_question(tracker.slots, self.desk, diagnosed))

    def _say_changes(self, dispatcher: CollectingDispatcher, tracker: Tracker, after: Slots) -> None:
        """Tell which earlier values were replaced by this message."""
        plan = self.plan
        for slot in plan.changeable:
            old, new = self._before.get(slot), after.get(slot)
            if given(old) and given(new) and old != new and slot not in plan.silent:
                report_actions.say_changed(dispatcher, tracker, slot, new)

    async def validate_photos(self, value: Any, *_: Any) -> Slots:
        """Photos are always welcome."""
        return {"photos": value}

    async def validate_product(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """A product of ours or, in the customer's words, another."""
        if skipped := self._skipped("product", value, dispatcher, tracker):
            return skipped
        if value == NONE_OF_THESE:
            return self._rejected("product", dispatcher, tracker, "no_product")
        details_only = not telling.leftover(tracker.latest_message, telling.DETAIL_ENTITIES)
        otherwise = any(entity(tracker, name) for name in ("brand", "model", "tried", "date", "since"))
        told_else = otherwise or details_only or tells_fault(tracker)
        if value == words(tracker) and told_else and not entity(tracker, "product"):
            return {"product": product_of(str(entity(tracker, "model") or ""))}
        product = checks.product(value, tracker.latest_message)
        if product is None:
            return self._rejected("product", dispatcher, tracker)
        device: Slots = {} if tracker.get_slot("model") else dict(earlier_device(self.desk, product))
        if given(self._before.get("product")) and self._before["product"] != product:
            device.update(steps=None, steps_tried=None, self_service=None)  # steps for another appliance
        return {"product": product, **device}

    async def validate_description(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """What is wrong; further symptoms are added, a correction replaces."""
        if skipped := self._skipped("description", value, dispatcher, tracker):
            return skipped
        before, asked = tracker.get_slot("description"), tracker.get_slot("requested_slot") == "description"
        if asked and value == words(tracker):
            value = telling.leftover(tracker.latest_message, telling.CONTACT_ENTITIES, fillers=False)
        told = checks.description(value)
        if told is None:
            return self._rejected("description", dispatcher, tracker)
        if given(before) and not asked and not corrects(tracker):
            told = before if told in before else f"{before}; {told}"
        urgent = any(mark in told.lower() for mark in listed("marks", "urgent"))
        return {"description": told, **({"urgency": "urgent"} if urgent else {})}

    async def validate_self_service(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Whether the step helped: on to the next one, or done."""
        return self_service.after_step(self.desk, value, dispatcher, tracker)

    async def validate_since(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """When it began; what else is said with it is kept as the conditions of use."""
        if skipped := self._skipped("since", value, dispatcher, tracker):
            return skipped
        told = words(tracker)
        if value == told and self._told_else("since", tracker):
            return {"since": None}
        if (
            value == told
            and not telling.tells_time(told)
            and (tells_fault(tracker) or entity(tracker, "tried"))
        ):
            return {"since": None}
        if value == told and not telling.tells_time(told):
            return self._rejected("since", dispatcher, tracker)
        rest = telling.leftover(tracker.latest_message, ("since", "date", "time"))
        asked = tracker.get_slot("requested_slot") == "since"
        more = asked and rest and len(told) > len(str(value)) + 4
        return {"since": str(value)[:100], **({"conditions": told[:500]} if more else {})}

    async def validate_model(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """A model number has letters or digits."""
        if skipped := self._skipped("model", value, dispatcher, tracker):
            return skipped
        checked = self._checked("model", checks.model(value), dispatcher, tracker)
        kind = product_of(str(checked.get("model") or ""))
        return {**checked, "product": kind} if kind and not given(tracker.get_slot("product")) else checked

    async def validate_serial_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """A serial number has its maker's format and check digit."""
        if skipped := self._skipped("serial_number", value, dispatcher, tracker):
            return skipped
        brand, product = (str(tracker.get_slot(slot) or "") for slot in ("brand", "product"))
        found = serial_numbers.check(str(value), brand, product, self.desk.terms.serial_numbers)
        if found.problem is None:
            return {"serial_number": found.value}
        if found.meant:
            return self._rejected("serial_number", dispatcher, tracker, "serial_meant", meant=found.meant)
        kind = f"serial_{found.problem}" if found.example else ""
        return self._rejected("serial_number", dispatcher, tracker, kind, example=found.example)

    async def validate_purchase_date(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """A past date or a rough age; it decides whether the device is in warranty."""
        if skipped := self._skipped("purchase_date", value, dispatcher, tracker):
            return skipped
        if doubts.doubtful_date(value):
            return {"purchase_date": value}
        today = self.desk.local_now.date()
        bought = checks.purchase(value, today)
        if bought is None:
            reason = "purchase_ahead" if checks.ahead(value, today) else ""
            return self._rejected("purchase_date", dispatcher, tracker, reason)
        return {"purchase_date": bought}

    async def validate_name(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """How to address the customer; the name on a shared card only where none was told."""
        if checks.shared(tracker.latest_message, "person_name"):
            known = tracker.get_slot("name")
            return {"name": known or checks.name(value, tracker.latest_message)}
        if skipped := self._skipped("name", value, dispatcher, tracker):
            return skipped
        told = checks.name(value, tracker.latest_message)
        if told is None and "window" in tracker.slots_to_validate():  # the words told when to come
            return {"name": None}
        return self._checked("name", told, dispatcher, tracker)

    async def validate_phone(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """A number that exists in one of the service's countries, kept as E.164."""
        if skipped := self._skipped("phone", value, dispatcher, tracker):
            return skipped
        return self._checked("phone", checks.phone(value, self.desk.terms.countries), dispatcher, tracker)

    async def validate_address(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """An address an engineer can find."""
        if skipped := self._skipped("address", value, dispatcher, tracker):
            return skipped
        told, before = checks.address(value, tracker.latest_message), self._before.get("address")
        told = checks.within(told, str(before)) if told and given(before) else told
        return self._checked("address", told, dispatcher, tracker)

    async def validate_place(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """A point on the map helps to find the house; its number is still needed."""
        if not entity(tracker, "address") and not given(tracker.get_slot("address")):
            dispatcher.utter_message(response="utter_place_kept")
        return {"place": value}

    async def validate_known_contact(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Yes takes the details of last time, where nothing newer was said."""
        if value != "yes":
            return {"known_contact": "no", **{slot: tracker.get_slot(slot) for slot in CONTACT}}
        known = known_contact(self.desk)
        return {"known_contact": "yes", **{k: v for k, v in known.items() if not tracker.get_slot(k)}}

    async def validate_duplicate(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Whether another order is about it; if not, "it broke again" does not tell what is wrong."""
        told = str(tracker.get_slot("description") or "")
        vague = value == "no" and telling.says_again(told)
        vague = vague and set(tracker.get_slot("symptoms") or []) <= {VAGUE}
        return {"duplicate": value, **({"description": None} if vague else {})}

    async def validate_confirmed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Yes submits; no asks what to change."""
        if value == "yes":
            return {"confirmed": True}
        report_actions.offer_changes(dispatcher, tracker)
        return {"confirmed": None}

    async def validate_brand(self, value: Any, *_: Any) -> Slots:
        """The maker's name."""
        return {"brand": str(value)[:60]}

    async def validate_error_code(self, value: Any, *_: Any) -> Slots:
        """What the display shows."""
        return {"error_code": str(value).upper()[:20]}

    async def validate_conditions(self, value: Any, *_: Any) -> Slots:
        """How and where it is used."""
        return {"conditions": str(value)[:500]}

    async def validate_wished(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """When the visit is wished: kept for whoever agrees upon it, and said so once."""
        if value != self._before.get("wished"):
            said = shown({"wished": value}, "wished", language(tracker))
            dispatcher.utter_message(response="utter_wish_kept", wished=said)
        return {"wished": value}

    async def validate_symptoms(self, value: Any, *_: Any) -> Slots:
        """Codes as the catalogue has them."""
        return {"symptoms": value}

    async def validate_urgency(self, value: Any, *_: Any) -> Slots:
        """Urgent or normal."""
        return {"urgency": "urgent" if value == "urgent" else "normal"}

    async def validate_tried(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """What was tried already, added up."""
        before = tracker.get_slot("tried") or []
        new = [str(v)[:200] for v in (value if isinstance(value, list) else [value])]
        return {"tried": [*before, *(v for v in new if v not in before)]}

    def _skipped(
        self, slot: str, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Slots | None:
        """The answer to "skip": the kept old value, an empty one, or first the reason why we ask."""
        if value == KEPT or (value == SKIPPED and slot in (tracker.get_slot("replaced") or {})):
            return {slot: (tracker.get_slot("replaced") or {}).get(slot)}
        if value != SKIPPED:
            return None
        attempts = dict(tracker.get_slot("attempts") or {})
        if slot in self.plan.needed and not attempts.get(slot):
            dispatcher.utter_message(response=f"utter_why_{slot}")
            return {slot: None, "attempts": {**attempts, slot: 1}}
        return {slot: SKIPPED}

    def _checked(
        self, slot: str, value: str | None, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Slots:
        """The value; unchanged when nothing was said about it, rejected when it cannot be right."""
        if value == "":
            return {slot: tracker.get_slot(slot)}
        return {slot: value} if value else self._rejected(slot, dispatcher, tracker)

    @staticmethod
    def _told_else(slot: str, tracker: Tracker) -> bool:
        """Whether the message fills another slot of the device or the contact than this one."""
        return any(name in (*DEVICE, *CONTACT) for name in tracker.slots_to_validate() if name != slot)

    def _rejected(
        self, slot: str, dispatcher: CollectingDispatcher, tracker: Tracker, reason: str = "", **values: Any
    ) -> Slots:
        """A friendly reason, and the try is counted; words that told something else are no bad answer.

        Nor are the words under a photo. The reason is `bad_` and the slot unless given.
        """
        aside = self._told_else(slot, tracker) or bool(files(tracker))
        if slot in (tracker.get_slot("doubts") or {}):
            return {slot: None}
        if aside and slot == tracker.get_slot("requested_slot"):
            return {slot: None}
        attempts = dict(tracker.get_slot("attempts") or {})
        if slot in OPTIONAL and attempts.get(slot, 0) + 1 >= report_asking.PATIENCE:
            dispatcher.utter_message(response="utter_left_open")
            return {slot: SKIPPED}
        dispatcher.utter_message(response=f"utter_bad_{reason or slot}", **values)
        if tracker.get_slot(slot) is not None:
            return {slot: tracker.get_slot(slot)}
        return {slot: None, "attempts": {**attempts, slot: attempts.get(slot, 0) + 1}}


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        f"validate_{FORM}": ValidateReport,
        **report_asking.actions(),
        **report_actions.actions(),
        **self_service.actions(),
    }
