"""Safety hazard: advice before anything else, an urgent order, and a person."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers.actions import ActionMaker, DeskAction, Events, address, entity, files, language, words
from handlers.human import HAZARD, handover, say_danger_again
from handlers.ownership import DANGER
from handlers.report_slots import FORM, REPORT_PLAN, forget, given
from handlers.report_submit import fields_of
from handlers.vocabulary import spoken_time

ADVICE = {
    "fire": "fire",
    "smoke": "fire",
    "burning_smell": "fire",
    "sparks": "fire",
    "overheating": "fire",
    "gas": "gas",
    "electric_shock": "shock",
    "water_on_electrics": "water",
}
"""Which advice belongs to which kind of danger."""


class ReportHazard(DeskAction):
    """Say how to be safe, open an urgent order with what is known, call a person."""

    def name(self) -> str:
        return "action_report_hazard"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        kind = (tracker.latest_message.get("metadata") or {}).get("hazard")
        kind = ADVICE.get(str(kind), "any")
        before = tracker.get_slot("handover") or {}
        order = self.desk.find_order(before["order"]) if before.get("order") else None
        if before.get("reason") == f"{HAZARD}:{kind}" and self.desk.with_person:
            if self.desk.owner == "queue" and order is not None:
                self.desk.note(order, words(tracker)[:500], files(tracker))
                return say_danger_again(self.desk, kind, order, dispatcher, tracker)
            return []
        dispatcher.utter_message(response=f"utter_hazard_{kind}", hotline=self.desk.terms.hotline)
        if order is None or not order.open:
            order = self.desk.open_order(
                "fault",
                {**self._known(tracker), "hazard": kind},
                priority="urgent",
                purpose="hazard",
                note=f"hazard: {kind}",
                attachments=tracker.get_slot("photos"),
            )
        else:
            self.desk.note(order, words(tracker)[:500], files(tracker))
        self.desk.hand_over("hazard", priority=DANGER)
        by = self.desk.local(order.promised_at or self.desk.now)
        when = spoken_time(by, self.desk.local_now, language(tracker))
        missing = not self.desk.customer().phone and not given(order.fields.get("phone"))
        dispatcher.utter_message(
            response="utter_hazard_next_ask" if missing else "utter_hazard_next", number=order.number, by=when
        )
        ended = [*forget(REPORT_PLAN), ActiveLoop(None)] if tracker.active_loop_name == FORM else []
        return [*ended, handover(self.desk.now.isoformat(), f"{HAZARD}:{kind}", words(tracker), order.number)]

    def _known(self, tracker: Tracker) -> dict[str, object]:
        known = fields_of(tracker.slots)
        for name in ("product", "brand", "phone"):
            if found := entity(tracker, name):
                known[name] = found
        if place := address(tracker):
            known["address"] = place
        customer = self.desk.customer()
        for slot in ("name", "phone", "address"):
            if slot not in known and getattr(customer, slot):
                known[slot] = getattr(customer, slot)
        before = known.get("description")
        said = words(tracker)[:500]
        known["description"] = f"{before}; {said}" if before and said else said or before or ""
        return known


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {"action_report_hazard": ReportHazard}
