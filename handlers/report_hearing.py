"""What a message says for the fault report beyond the plain mappings of its slots."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import order_result, self_service, telling
from handlers.actions import DeskForm, Events, entity, files, intent, words
from handlers.report_slots import CONTACT, PHOTO, SKIPPED, given

Slots = dict[str, Any]
RECENT_DAYS = 7
OLD_DAYS = 60


class HearReport(DeskForm):
    """Finds values for the report's slots in the latest message."""

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Events:
        """What the methods below find; the slots as they were are kept to see what changes.

        A Rasa server has put the candidates into the slots already: what was there before is unknown then.
        """
        candidates = tracker.slots_to_validate()
        self._before = {
            n: None if n in candidates and v == candidates[n] else v for n, v in tracker.slots.items()
        }
        return list(await super().get_extraction_events(dispatcher, tracker, domain))

    async def extract_description(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """The fault as told in the words that open the report, or a symptom named later."""
        message, requested = tracker.latest_message, tracker.get_slot("requested_slot")
        if requested == "description" or (
            given(tracker.get_slot("description")) and not entity(tracker, "symptom")
        ):
            return {}
        told = telling.fault_told(message) or entity(tracker, "fault") or self._again(tracker)
        return {"description": told} if told else {}

    async def extract_product(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """No appliance is named by the opening words: another thing is, or what was repaired is meant."""
        if (
            tracker.get_slot("requested_slot")
            or given(tracker.get_slot("product"))
            or entity(tracker, "product")
        ):
            return {}
        thing = telling.thing_told(words(tracker))
        repaired = order_result.asked_about(self.desk) if telling.fault_told(tracker.latest_message) else None
        thing = thing or (str(repaired.fields.get("product") or "") if repaired else "")
        return {"product": thing} if thing else {}

    async def extract_self_service(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """No steps for whoever wants somebody to come at once, or was told them as an answer in vain."""
        if tracker.get_slot("steps") or tracker.get_slot("self_service") is not None:
            return {}
        wants_none = self_service.wants_none(words(tracker)) or entity(tracker, "in_vain")
        return {"self_service": SKIPPED} if wants_none else {}

    async def extract_wished(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """The day or time at which somebody is to come, where it is ahead; beside a name or alone too."""
        for_a_visit = tracker.get_slot("requested_slot") in ("confirmed", *CONTACT)
        for_a_visit = for_a_visit or any(entity(tracker, name) for name in ("phone", "address"))
        if not (for_a_visit or tracker.get_slot("wished") or telling.wants_visit(words(tracker))):
            return {}
        wished = visit_wished(entity(tracker, "time"), entity(tracker, "date"), self.desk.local_now)
        return {"wished": wished} if wished else {}

    def _again(self, tracker: Tracker) -> str | None:
        """ "It broke again" says enough where there is an order that it may be about."""
        told = words(tracker)
        mentioned = telling.says_again(told) and not given(tracker.get_slot("description"))
        if not mentioned or not any(self.desk.can_reopen(order) for order in self.desk.orders()):
            return None
        return told[:200]

    async def extract_symptoms(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Codes of the symptoms named so far, for finding the steps that may help."""
        before = list(tracker.get_slot("symptoms") or [])
        new = [code for code in tracker.get_latest_entity_values("symptom") if code not in before]
        return {"symptoms": [*before, *new]} if new else {}

    async def extract_since(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """A past day that is not the day of purchase is when it began, where that is not known yet."""
        date, known = str(entity(tracker, "date") or ""), tracker.get_slot("since")
        if given(known) or not date or entity(tracker, "since") or entity(tracker, "purchase_date"):
            return {}
        if self._long_ago(tracker, date):
            return {}
        requested = tracker.get_slot("requested_slot")
        asked_otherwise = requested in ("model", "purchase_date") and not self._just_begun(tracker, date)
        past = date <= self.desk.local_now.date().isoformat()
        return {"since": date} if past and not asked_otherwise else {}

    async def extract_purchase_date(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Where the purchase was asked for any date means it, a photo shows it, other words are looked at.

        A date of long ago said elsewhere means it too, where it is known when the fault began.
        """
        requested, date = tracker.get_slot("requested_slot"), entity(tracker, "date")
        if self._long_ago(tracker, str(date or "")):
            return {"purchase_date": date}
        if entity(tracker, "purchase_date") or requested not in ("model", "purchase_date"):
            return {}
        if tells_fault(tracker):
            return {}
        found = date or entity(tracker, "since")
        if self._just_begun(tracker, str(found or "")):
            return {}
        if requested == "purchase_date" and not found and not tracker.slots_to_validate():
            found = PHOTO if files(tracker) else words(tracker)
        return {"purchase_date": found} if found else {}

    def _long_ago(self, tracker: Tracker, told: str) -> bool:
        """Whether an old day, said without a cue, can only be that of the purchase."""
        if not told or entity(tracker, "since") or given(tracker.get_slot("purchase_date")):
            return False
        begun = self._before.get("since")
        limit = self.desk.local_now.date() - timedelta(days=OLD_DAYS)
        return len(told) == len("2023") or (given(begun) and told[:10] < limit.isoformat())

    def _just_begun(self, tracker: Tracker, told: str) -> bool:
        """Whether a day of this week, said when asked for the model, tells when it began."""
        if (
            tracker.get_slot("requested_slot") != "model"
            or given(self._before.get("since"))
            or len(told) < 10
        ):
            return False
        return told >= (self.desk.local_now.date() - timedelta(days=RECENT_DAYS)).isoformat()

    async def extract_model(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Slots:
        """Asked for it, the whole answer counts, or a photo of the label; elsewhere, that it is not known."""
        if intent(tracker) == "skip" and telling.names_field(words(tracker), "model"):
            return {"model": SKIPPED}
        if tracker.get_slot("requested_slot") != "model" or tracker.slots_to_validate():
            return {}
        if any(entity(tracker, name) for name in ("date", "since", "purchase_date", "serial_number")):
            return {}
        if tells_fault(tracker):
            return {}
        found = PHOTO if files(tracker) else words(tracker)
        return {"model": found} if found else {}


def visit_wished(time: Any, day: Any, now: datetime) -> str | None:
    """A day ahead, with its hours where they are told, as the order keeps it: 2026-03-03 14:00–18:00."""
    if isinstance(time, dict) and time.get("start"):
        start, end = (datetime.fromisoformat(t) if t else None for t in (time["start"], time.get("end")))
        if start is not None and start > now:
            return f"{start:%Y-%m-%d %H:%M}" + (f"–{end:%H:%M}" if end else "")
    told = str(day or "")
    return told if len(told) >= len("2026-03-03") and told[:10] > now.date().isoformat() else None


def tells_fault(tracker: Tracker) -> bool:
    """Whether the words say more about what is wrong, whatever was asked."""
    return bool(entity(tracker, "symptom") or entity(tracker, "error_code")) and not files(tracker)
