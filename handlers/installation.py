"""Installation 安装调试: what is asked, the visit's time, what to prepare, and the order (C5)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import life, visits
from handlers.actions import ActionMaker, DeskAction, Events, button, entity, language, words
from handlers.appointments import FULL, PAST, Answer, Window
from handlers.desk import Desk
from handlers.plans import INSTALLATION, PLANS
from handlers.report_asking import Ask, AskKnownContact, asked, ways_out
from handlers.report_fault import ValidateReport
from handlers.report_slots import CONTACT, forget, given, known_contact
from handlers.report_words import shown
from handlers.vocabulary import listed, spoken_time, word
from nlu.text import clip
from storage.orders import Order

Slots = dict[str, Any]
PLAN = PLANS[INSTALLATION]
KEPT_FIELDS = ("product", "brand", "model", *CONTACT, "place", "window")
CHOICE = "utter_appointment_choice"
CHOICES = 4
"""Times offered where several lie in the wish."""
EXPLAINED = ("product", *CONTACT)
"""Questions that customers ask the reason of."""
ASIDE_LIMIT = 40


class ValidateInstallation(ValidateReport):
    """Checks the values as the fault report does, and the wished time against the visits' calendar."""

    plan = PLAN

    def name(self) -> str:
        return f"validate_{INSTALLATION}"

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any] | None:
        """The first thing that is not known yet."""
        slots = tracker.slots
        if doubtful := next(iter(slots.get("doubts") or {}), None):
            return SlotSet("requested_slot", doubtful)
        if slots.get("window") is None and (slots.get("offers") or {}).get("reason", CHOICE) != CHOICE:
            return SlotSet("requested_slot", "window")  # a wish that cannot be met is told at once
        return SlotSet("requested_slot", next((s for s in PLAN.asked if self._open(s, slots)), None))

    def _open(self, slot: str, slots: Mapping[str, Any]) -> bool:
        if slots.get(slot) is not None:
            return False
        if slot == "known_contact":
            return bool(known_contact(self.desk)) and not any(slots.get(s) is not None for s in CONTACT)
        return True

    async def validate_window(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """A time at which somebody can come; else the reason and the nearest ones are offered next."""
        if skipped := self._skipped("window", value, dispatcher, tracker):
            return skipped
        was_asked = tracker.get_slot("requested_slot") == "window"
        wish = visits.wish_of(value, ZoneInfo(self.desk.terms.zone))
        if wish is None:
            return self._rejected("window", dispatcher, tracker)
        if was_asked and entity(tracker, "time") and not entity(tracker, "date"):
            wish = _on_day_offered(wish, tracker.get_slot("offers"), ZoneInfo(self.desk.terms.zone))
        found = visits.answer(self.desk, wish, _address(tracker.slots))
        if found.reason == PAST and not was_asked:  # the day of something else, not of the visit
            return {"window": self._before.get("window")}
        if len(found.windows) == 1:
            return {"window": visits.kept(found.windows[0]), "offers": None}
        tries = dict(tracker.get_slot("attempts") or {})
        tries["window"] = tries.get("window", 0) + (found.reason is not None)
        return {"window": None, "offers": offers(found), "attempts": tries}

    async def validate_site_ready(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Whether all is prepared; what is not, the installer gets to know."""
        if value != "yes":
            dispatcher.utter_message(response="utter_site_noted")
        return {"site_ready": str(value)[:200]}

    async def validate_confirmed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Yes submits it; another time is asked for, or taken where it was named."""
        if value != "time":
            return await super().validate_confirmed(value, dispatcher, tracker, domain)
        named = "window" in tracker.slots_to_validate()
        return {"confirmed": None} if named else {"confirmed": None, "window": None}


def offers(found: Answer) -> dict[str, Any]:
    """What is offered instead of a wish, as a slot keeps it."""
    windows = found.windows[:CHOICES] or found.nearest
    return {
        "reason": found.reason or CHOICE,
        "windows": [visits.kept(w) for w in windows],
    }


def _on_day_offered(wish: Window, offered: Mapping[str, Any] | None, zone: ZoneInfo) -> Window:
    """An hour without its day, told to times of one day: it is meant of that day."""
    windows = [w for kept in (offered or {}).get("windows") or () if (w := visits.wish_of(kept, zone))]
    days = {window.start.astimezone(zone).date() for window in windows}
    if len(days) != 1:
        return wish
    moved = days.pop() - wish.start.astimezone(zone).date()
    return Window(wish.start + moved, wish.end + moved)


def _address(slots: Mapping[str, Any]) -> str | None:
    return str(slots["address"]) if given(slots.get("address")) else None


class AskWindow(DeskAction):
    """Ask when to come: with the nearest free times, or with those instead of a wish that cannot be met."""

    def name(self) -> str:
        return f"action_ask_{INSTALLATION}_window"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots, tongue, zone = tracker.slots, language(tracker), ZoneInfo(self.desk.terms.zone)
        offered = slots.get("offers") or {}
        windows = [w for kept in offered.get("windows") or () if (w := visits.wish_of(kept, zone))]
        windows = windows or list(visits.first_free(self.desk, _address(slots)))
        others = ways_out(tracker, "window") or [button(word("button", "any_time", tongue), "/skip")]
        dispatcher.utter_message(
            response=offered.get("reason") or "utter_ask_window",
            buttons=[*visits.buttons(self.desk, windows, tongue), *others],
        )
        again = {"windows": offered["windows"]} if offered.get("windows") else None
        return [SlotSet("offers", again), *asked(tracker, "window")]


class AskConfirmed(DeskAction):
    """Show the summary and ask to confirm it."""

    def name(self) -> str:
        return f"action_ask_{INSTALLATION}_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots, tongue = tracker.slots, language(tracker)
        device = [shown(slots, "brand", tongue), shown(slots, "product", tongue)]
        window = slots.get("window") if given(slots.get("window")) else None
        dispatcher.utter_message(
            response="utter_installation_summary",
            device=" ".join(part for part in device if part),
            window=visits.shown(self.desk, window, tongue) or word("button", "any_time", tongue),
            site=_site(slots, tongue),
            photos=str(len(slots.get("photos") or [])) if slots.get("photos") else "",
            **{slot: shown(slots, slot, tongue) for slot in ("model", *CONTACT)},
        )
        return []


def _site(slots: Mapping[str, Any], tongue: str) -> str:
    value = slots.get("site_ready")
    return word("site", str(value), tongue) if given(value) else ""


class SubmitInstallation(DeskAction):
    """Open the order with its appointment, and say who comes when."""

    def name(self) -> str:
        return f"action_submit_{INSTALLATION}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots, tongue = tracker.slots, language(tracker)
        window = None
        if given(slots.get("window")):
            window = visits.wish_of(slots["window"], ZoneInfo(self.desk.terms.zone))
        if window:
            found = visits.answer(self.desk, window, _address(slots))
            if found.reason:  # others were quicker, or it got late
                again = [SlotSet(name, None) for name in ("window", "confirmed")]
                return [ActiveLoop(INSTALLATION), SlotSet("offers", offers(found)), *again]
        fields = {name: slots[name] for name in KEPT_FIELDS if given(slots.get(name))}
        order = self.desk.open_order(
            "installation",
            {**fields, "site": _site(slots, tongue)},
            purpose="installation",
            attachments=slots.get("photos"),
        )
        self.desk.remember(**{s: slots[s] for s in CONTACT if given(slots.get(s))})
        taken = visits.book(self.desk, order, window) if window else None
        dispatcher.utter_message(
            response="utter_installation_booked" if taken else "utter_installation_opened",
            number=order.number,
            window=visits.shown(self.desk, slots.get("window"), tongue) if taken else "",
            **self._promised(order, tongue),
        )
        return forget(PLAN)

    def _promised(self, order: Order, tongue: str) -> dict[str, str]:
        """Until when somebody calls, and until when somebody comes."""
        visit = self.desk.promise("visit", "installation", "normal", order.fields.get("address"))
        due = {"by": order.promised_at, "visit_by": visit.due if visit else None}
        now = self.desk.local_now
        return {k: spoken_time(self.desk.local(at), now, tongue) if at else "" for k, at in due.items()}


def change_appointment(
    desk: Desk, order: Order, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker
) -> bool:
    """Move the visit to the wished time when it is free; else say why not and offer the nearest ones.

    Returns whether it was moved.
    """
    tongue, order = language(tracker), desk.tx.orders.get(order.id, lock=True)
    own, address = desk.tx.appointments.standing(order.id), order.fields.get("address")
    wish = visits.wish_of(value, ZoneInfo(desk.terms.zone)) if value else None
    found = visits.answer(desk, wish, address, own) if wish else None
    if found is not None and len(found.windows) == 1:
        window = found.windows[0]
        if visits.book(desk, order, window) is not None:
            moved = visits.kept(window)
            note = f"appointment: {moved}; {words(tracker)[:300]}"
            if life.may(order, "reschedule_visit", desk.speaker):
                fields = {**order.fields, "window": moved}
                desk.move(order, "reschedule_visit", desk.speaker, note, fields=fields)
            else:
                desk.note(order, note)
            told = visits.shown(desk, moved, tongue)
            dispatcher.utter_message(response="utter_appointment_moved", number=order.number, window=told)
            return True
        found = Answer((), FULL, visits.first_free(desk, address, own))
    windows = (found.windows[:CHOICES] or found.nearest) if found else visits.first_free(desk, address, own)
    reason = (found.reason or CHOICE) if found else "utter_appointment_which"
    buttons = visits.buttons(desk, windows, tongue, "change_appointment", order_number=order.number)
    person = button(word("button", "person", tongue), "/ask_human")
    dispatcher.utter_message(response=reason, buttons=[*buttons, person], number=order.number)
    return False


def meant(requested: str | None, text: str, slots: Mapping[str, Any]) -> str | None:
    """The button of the open question that the customer's words stand for, or None."""
    lowered = clip(text).lower()
    if len(lowered) > ASIDE_LIMIT:
        return None
    if requested == "known_contact" and any(mark in lowered for mark in listed("marks", "as_before")):
        return "/affirm"
    if requested == "site_ready" and any(mark in lowered for mark in listed("marks", "site_ready")):
        return "/affirm"
    if requested == "window" and any(mark in lowered for mark in listed("marks", "any_time")):
        return None if any(map(str.isdigit, lowered)) else "/skip"
    asks_why = any(mark in lowered for mark in listed("marks", "why"))
    return "/explain" if requested in EXPLAINED and asks_why else None


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    asking: dict[str, ActionMaker] = {
        f"action_ask_{INSTALLATION}_{slot}": partial(Ask, slot=slot, form=INSTALLATION) for slot in CONTACT
    }
    return {
        **asking,
        f"action_ask_{INSTALLATION}_product": partial(
            Ask, slot="product", form=INSTALLATION, response="utter_ask_installation_product"
        ),
        f"action_ask_{INSTALLATION}_known_contact": partial(AskKnownContact, form=INSTALLATION),
        f"action_ask_{INSTALLATION}_window": AskWindow,
        f"action_ask_{INSTALLATION}_confirmed": AskConfirmed,
        f"validate_{INSTALLATION}": ValidateInstallation,
        f"action_submit_{INSTALLATION}": SubmitInstallation,
    }
