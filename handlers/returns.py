"""Return or exchange 退换货: what is asked, what the policy says to it, and the order for review (C6)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import report_slots, telling
from handlers.actions import ActionMaker, DeskAction, Events, entity, language, words
from handlers.desk import Desk
from handlers.plans import PLANS, RETURN
from handlers.report_asking import Ask, AskKnownContact
from handlers.report_fault import ValidateReport
from handlers.report_slots import CONTACT, SKIPPED, forget, given, known_contact
from handlers.report_words import shown
from handlers.vocabulary import known, listed, spoken_time, word
from handlers.warranty.returns import ReturnWish, Ruling, explain, rule
from nlu.text import clip

Slots = dict[str, Any]
PLAN = PLANS[RETURN]
KEPT_FIELDS = (
    "product",
    "brand",
    "model",
    "purchase_date",
    "description",
    "reference",
    "bought_online",
    "condition",
    "name",
    "phone",
)
ONLINE, SHOP = "online", "shop"
HEARD_WITH = (None, "product", "purchase_date", "return_reason")
"""Questions whose answer may tell the reason too."""
REPORTED = ("product", "brand", "model", "purchase_date")
"""What a report and a return both ask for."""
PASSED_OVER = ("purchase_date", "return_reason", "bought_online", "condition", "reference")
"""Questions that may stay open."""
WHO = ("phone", "person_name", "address")
"""Details that tell who returns it, and are no number of an order or an invoice."""
POLICY_NEEDS = ("product", "purchase_date", "return_reason", "condition")


class ValidateReturn(ValidateReport):
    """Checks the values as the fault report does, and hears reason and condition in plain words."""

    plan = PLAN

    def name(self) -> str:
        return f"validate_{RETURN}"

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any] | None:
        """The first thing that is not known yet; nothing more once a repair is wanted instead."""
        slots = tracker.slots
        following = None
        if slots.get("return_anyway") != "repair":
            following = next(iter(slots.get("doubts") or {}), None) or next(
                (slot for slot in PLAN.asked if self._open(slot, slots)), None
            )
        return SlotSet("requested_slot", following)

    def _open(self, slot: str, slots: Mapping[str, Any]) -> bool:
        if slots.get(slot) is not None:
            return False
        if slot == "bought_online":
            own_wish = slots.get("return_reason") == "changed_mind" and slots.get("return_wish") != "exchange"
            return own_wish and ruling(self.desk, slots).verdict != "refused"
        if slot == "condition" and slots.get("bought_online") == SHOP:
            return False
        if slot == "return_anyway":
            return ruling(self.desk, slots).verdict == "refused"
        if slot == "known_contact":
            return bool(known_contact(self.desk)) and not any(slots.get(s) is not None for s in CONTACT)
        return True

    async def extract_return_wish(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """An exchange where one is spoken of, else a return."""
        told = words(tracker).lower()
        if any(mark in told for mark in listed("marks", "exchange")):
            return {"return_wish": "exchange"}
        return {} if tracker.get_slot("return_wish") else {"return_wish": "return"}

    async def extract_purchase_date(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Its own question's answer; or a day told late: there is no other day that a return could mean."""
        told = entity(tracker, "date") or entity(tracker, "since")
        known, requested = tracker.get_slot("purchase_date"), tracker.get_slot("requested_slot")
        late = known is not None and requested not in (None, "purchase_date")
        if (
            late
            and told
            and not entity(tracker, "purchase_date")
            and tells_receipt(words(tracker), str(known))
        ):
            return {"purchase_date": told}
        return await super().extract_purchase_date(dispatcher, tracker, domain)

    async def extract_return_reason(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """The reason heard in words that were not asked for it."""
        if tracker.get_slot("return_reason") or tracker.get_slot("requested_slot") not in HEARD_WITH:
            return {}
        reason = entity(tracker, "return_reason") or named("return_reason", words(tracker))
        reason = reason or ("performance_fault" if entity(tracker, "symptom") else None)
        return {"return_reason": reason} if reason else {}

    async def extract_condition(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """That it is still sealed, told with the answer to another question."""
        if tracker.get_slot("condition") or tracker.get_slot("requested_slot") == "condition":
            return {}
        told = clip(words(tracker)).lower()
        return {"condition": "unopened"} if any(mark in told for mark in listed("marks", "sealed")) else {}

    async def extract_bought_online(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Where it was bought, told with or instead of the answer to another question."""
        if tracker.get_slot("bought_online") or tracker.get_slot("requested_slot") == "bought_online":
            return {}
        told = named("bought_online", words(tracker))
        return {"bought_online": told} if told else {}

    def _told_shop(self, tracker: Tracker) -> bool:
        """Whether the words tell where it was bought, which was not the question."""
        return "bought_online" in tracker.slots_to_validate()

    async def validate_purchase_date(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """The day of receipt; words that told the reason or the shop instead leave the question open."""
        if value == SKIPPED and "return_reason" in tracker.slots_to_validate():
            return {"purchase_date": None}
        if value == words(tracker) and self._told_shop(tracker):
            return {"purchase_date": None}
        return await super().validate_purchase_date(value, dispatcher, tracker, domain)

    async def validate_return_wish(self, value: Any, *_: Any) -> Slots:
        """A return or an exchange."""
        return {"return_wish": "exchange" if value == "exchange" else "return"}

    async def validate_return_reason(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """One of the reasons the policy knows; the customer's words are kept beside."""
        if value == SKIPPED:  # whoever gives no reason changed their mind
            return {"return_reason": "changed_mind"}
        reason = value if value in known("return_reason") else named("return_reason", str(value))
        if reason is None and entity(tracker, "symptom"):
            reason = "performance_fault"
        if reason is None:
            return self._rejected("return_reason", dispatcher, tracker)
        told = words(tracker)[:500]
        return {"return_reason": reason, **({"description": told} if told else {})}

    async def validate_bought_online(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Online or in a shop; a person looks at it where that is not told."""
        return self._chosen("bought_online", value, dispatcher, tracker)

    async def validate_condition(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Unopened, unused, used or damaged; a person looks at it where that is not told."""
        return self._chosen("condition", value, dispatcher, tracker)

    def _chosen(self, slot: str, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """One of the slot's codes, by its code or in the customer's words; or that it was passed over."""
        if value == SKIPPED:
            return {slot: SKIPPED}
        found = value if value in known(slot) else named(slot, str(value))
        if found is None and slot != "bought_online" and self._told_shop(tracker):
            return {slot: None}
        return {slot: found} if found else self._rejected(slot, dispatcher, tracker)

    async def validate_reference(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """The number of the order or the invoice: letters and digits, five at least."""
        text = self._as_written(str(value).strip(), tracker)[:64]
        if "purchase_date" in tracker.slots_to_validate() and not is_reference(text):
            return {"reference": None}  # the words told the day
        if self._told_shop(tracker) and not any(c.isdigit() for c in text):
            return {"reference": None}
        if value == SKIPPED:
            return {"reference": SKIPPED}
        if any(entity(tracker, told) for told in WHO):
            text = telling.leftover(tracker.latest_message, WHO)
            if not is_reference(text):
                return {"reference": None}  # the words told who it is
        if is_reference(text):
            return {"reference": text}
        return self._rejected("reference", dispatcher, tracker)

    def _as_written(self, number: str, tracker: Tracker) -> str:
        """A number that is none of the customer's own orders stays as they wrote it: the shop has its own."""
        said = words(tracker).strip()
        own = self.desk.find_order(number) is not None
        return said if not own and said and number.removeprefix("SR-") == said else number

    async def validate_return_anyway(self, value: Any, *_: Any) -> Slots:
        """Review all the same, or a repair instead."""
        return {"return_anyway": value if value in ("yes", "repair") else None}


def named(group: str, told: str) -> str | None:
    """The value of the group that the customer's words stand for."""
    lowered = clip(told).lower()
    return next((v for v in known(group) if any(m in lowered for m in listed("marks", v))), None)


def tells_receipt(text: str, known: str) -> bool:
    """Whether a day is that of the receipt: it is corrected, or it was not known, or its words say so."""
    lowered = clip(text).lower()
    return known == SKIPPED or any(
        mark in lowered for mark in (*listed("marks", "received"), *listed("marks", "corrected"))
    )


def ruling(desk: Desk, slots: Mapping[str, Any]) -> Ruling:
    """What the policy says to what is known so far."""
    told = {
        name: slots.get(name) if given(slots.get(name)) else None
        for name in (*POLICY_NEEDS, "brand", "model")
    }
    wish = ReturnWish(
        wish="exchange" if slots.get("return_wish") == "exchange" else "return",
        reason=told["return_reason"] or "changed_mind",
        received=told["purchase_date"],
        product=told["product"],
        brand=told["brand"],
        model=told["model"],
        condition=told["condition"],
        online=slots["bought_online"] == ONLINE if given(slots.get("bought_online")) else None,
        proof=True if slots.get("photos") or given(slots.get("reference")) else None,
    )
    return rule(wish, desk.local_now.date(), desk.terms.returns)


def order_fields(slots: Mapping[str, Any], found: Ruling) -> dict[str, Any]:
    """What a return's order keeps: what was told, and the policy's word on it."""
    return {
        **{name: slots[name] for name in KEPT_FIELDS if given(slots.get(name))},
        "category": slots.get("return_wish") or "return",
        "reason": slots.get("return_reason"),
        "policy": {"verdict": found.verdict, "reasons": [reason.as_json() for reason in found.reasons]},
    }


def is_reference(text: str) -> bool:
    """Whether it may be the number of an order or an invoice: five letters or digits at least."""
    return sum(c.isalnum() and c.isascii() for c in text) >= 5


class ReturnInstead(DeskAction):
    """In the middle of a report the money is asked back: what was told of the fault is the reason."""

    def name(self) -> str:
        return "action_return_instead"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        told = {name: tracker.get_slot(name) for name in (*REPORTED, "description")}
        known = {name: value for name, value in told.items() if given(value)}
        if "description" in known:
            known["return_reason"] = "performance_fault"
        dispatcher.utter_message(response="utter_request_return")
        return [ActiveLoop(RETURN), *(SlotSet(name, value) for name, value in known.items())]


class AskAnyway(DeskAction):
    """A friendly no with its reason, and what is possible instead."""

    def name(self) -> str:
        return f"action_ask_{RETURN}_return_anyway"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        policy = explain(ruling(self.desk, tracker.slots), language(tracker))
        dispatcher.utter_message(response="utter_return_refused", policy=policy)
        return []


class AskConfirmed(DeskAction):
    """Show the summary with the policy's word, and ask to confirm it."""

    def name(self) -> str:
        return f"action_ask_{RETURN}_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots, tongue = tracker.slots, language(tracker)
        device = [shown(slots, "brand", tongue), shown(slots, "product", tongue)]
        dispatcher.utter_message(
            response="utter_return_summary",
            wish=word("return_wish", str(slots.get("return_wish") or "return"), tongue),
            device=" ".join(part for part in device if part),
            reason=word("return_reason", str(slots.get("return_reason")), tongue),
            condition=word("condition", str(slots["condition"]), tongue)
            if given(slots.get("condition"))
            else "",
            policy=explain(ruling(self.desk, slots), tongue),
            photos=str(len(slots.get("photos") or [])) if slots.get("photos") else "",
            **{slot: shown(slots, slot, tongue) for slot in ("purchase_date", "reference", "name", "phone")},
        )
        return []


class SubmitReturn(DeskAction):
    """Open the order for review and say by when it is decided; or go on with a repair."""

    def name(self) -> str:
        return f"action_submit_{RETURN}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots, tongue = tracker.slots, language(tracker)
        if slots.get("return_anyway") == "repair":
            told = [SlotSet(name, slots.get(name)) for name in (*REPORTED, "photos")]
            return [*forget(PLAN), *told, ActiveLoop(report_slots.FORM)]
        found = ruling(self.desk, slots)
        fields = order_fields(slots, found)
        order = self.desk.open_order("return", fields, purpose="return", attachments=slots.get("photos"))
        self.desk.remember(**{s: slots[s] for s in CONTACT if given(slots.get(s))})
        decided = self.desk.promise("solve_complex", "return")
        due = {"by": order.promised_at, "decided": decided.due if decided else None}
        now = self.desk.local_now
        said = {k: spoken_time(self.desk.local(at), now, tongue) if at else "" for k, at in due.items()}
        dispatcher.utter_message(response="utter_return_opened", number=order.number, **said)
        return forget(PLAN)


def meant(requested: str | None, text: str, slots: Mapping[str, Any]) -> str | None:
    """The button of the open question that the customer's words stand for, or None."""
    lowered = clip(text).lower()
    if requested == "known_contact" and any(mark in lowered for mark in listed("marks", "as_before")):
        return "/affirm"
    if requested == "return_reason" and lowered.strip(" .。!！") in listed("marks", "second_thoughts"):
        return '/inform{"return_reason": "changed_mind"}'
    if requested in PASSED_OVER and telling.indifferent(text):
        return "/skip"
    repairs = any(mark in lowered for mark in listed("marks", "repair"))
    return "/report_fault" if requested == "return_anyway" and repairs else None


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    own = ("product", "purchase_date", "phone", "return_reason", "bought_online", "condition", "reference")
    asking: dict[str, ActionMaker] = {
        f"action_ask_{RETURN}_{slot}": partial(
            Ask, slot=slot, form=RETURN, response=f"utter_ask_return_{slot}"
        )
        for slot in own
    }
    return {
        **asking,
        f"action_ask_{RETURN}_name": partial(Ask, slot="name", form=RETURN),
        f"action_ask_{RETURN}_known_contact": partial(AskKnownContact, form=RETURN),
        "action_return_instead": ReturnInstead,
        f"action_ask_{RETURN}_return_anyway": AskAnyway,
        f"action_ask_{RETURN}_confirmed": AskConfirmed,
        f"validate_{RETURN}": ValidateReturn,
        f"action_submit_{RETURN}": SubmitReturn,
    }
