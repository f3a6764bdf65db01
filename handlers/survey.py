"""The survey after an order's end, by chat: a rating, why, and whatever else is said about it (F4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers.actions import ActionMaker, DeskAction, Events, entity, language, words
from handlers.asked import NOTHING_MORE, Told, payload
from handlers.surveys.kept import Answer, add, over, rate
from handlers.surveys.opinion import ASPECTS, RATINGS, Opinion, number, opinion
from handlers.surveys.second import handle_again
from handlers.vocabulary import spoken_time, word
from nlu.text import fold
from storage.orders import Order
from storage.surveys import Survey

SLOT = "survey"
"""The survey that waits for this customer: number, round, until, step (rating, reason, comment), misses."""
NONE = "none"
MISSES = 2


def asked(order: Order, until: datetime) -> dict[str, Any]:
    """What the conversation remembers in which the question was put."""
    step = {"number": order.number, "round": order.round, "until": until.isoformat(), "step": "rating"}
    return {SLOT: {**step, "misses": 0}}


def answered(told: Told) -> str | None:
    """The button that words stand for while a survey waits; None where they are about something else."""
    survey = told.slots[SLOT]
    about = {"order_number": survey["number"], "round": survey["round"]}
    found = opinion(told.text)
    rates = found is not None and (survey["step"] == "rating" or found.explicit)
    if found is not None and rates and not _else(told, found):
        return payload("rate_service", **about, rating=found.rating)
    if survey["step"] == "rating":
        chosen = number(told.text)
        if chosen is None:
            return None
        rating = RATINGS[chosen - 1] if 1 <= chosen <= len(RATINGS) else str(chosen)
        return payload("rate_service", **about, rating=rating)
    if survey["step"] == "reason" and told.intent in NOTHING_MORE:
        return payload("survey_reason", **about, reason=NONE)
    comments = found is not None or survey["step"] == "reason"
    return payload("survey_reason", **about) if comments and not _else(told, found) else None


def _else(told: Told, found: Opinion | None) -> bool:
    """Whether it wants something else, and is no mere judgement: a fault told is a report."""
    plainly = found is not None and found.explicit and not told.parts and not told.names_fault
    return told.wants_else(judges=found is not None) and not plainly


class _AboutSurvey(DeskAction):
    """Finds the survey that a button or words are about."""

    def _found(self, tracker: Tracker) -> tuple[Order, Survey] | None:
        wanted = entity(tracker, "order_number")
        order = self.desk.find_order(str(wanted)) if wanted else None
        survey = self.desk.tx.surveys.latest(order.id) if order else None
        if order is None or survey is None or entity(tracker, "round") not in (None, survey.round):
            return None
        return order, survey

    def _step(self, tracker: Tracker, step: str, **more: Any) -> Events:
        waiting = tracker.get_slot(SLOT)
        return [SlotSet(SLOT, {**waiting, "step": step, **more})] if waiting else []


class RateService(_AboutSurvey):
    """Take the rating; ask why where it is not a good one, and nothing was said."""

    def name(self) -> str:
        return "action_rate_service"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        found, rating = self._found(tracker), str(entity(tracker, "rating") or "")
        if found is None:
            dispatcher.utter_message(response="utter_no_survey")
            return [SlotSet(SLOT, None)]
        order, survey = found
        if rating not in RATINGS:
            return self._unknown(dispatcher, tracker, order, survey)
        told = words(tracker).strip()
        answer = Answer(rating, told if _says_more(told) else "", opinion(told))
        survey, outcome = rate(self.desk, order, survey, answer)
        tongue = language(tracker)
        values = {"number": order.number, "rating": word("rating", str(survey.rating or rating), tongue)}
        if outcome == "expired":
            dispatcher.utter_message(response="utter_survey_expired", **values)
            return [SlotSet(SLOT, None)]
        if outcome in ("again", "at_once"):
            dispatcher.utter_message(response="utter_rated_before", **values)
            return self._step(tracker, "comment")
        if outcome == "changed":
            dispatcher.utter_message(response="utter_rating_changed", **values)
        return self._thank(dispatcher, tracker, order, survey, values)

    def _thank(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        order: Order,
        survey: Survey,
        values: dict[str, Any],
    ) -> Events:
        until = handle_again(self.desk, order, survey)
        if until is not None:
            local, now = self.desk.local(until), self.desk.local_now
            by = spoken_time(local, now, language(tracker))
            dispatcher.utter_message(response="utter_second_handling", by=by, **values)
        if survey.rating == "satisfied":
            dispatcher.utter_message(response="utter_rated_satisfied", **values)
            return self._step(tracker, "comment")
        if survey.reasons:
            named = [word("aspect", reason, language(tracker)) for reason in survey.reasons]
            between = word("form", "listed", language(tracker))
            dispatcher.utter_message(response="utter_survey_reasons", reasons=between.join(named), **values)
            return self._step(tracker, "comment")
        dispatcher.utter_message(response=f"utter_ask_why_{survey.rating}", round=survey.round, **values)
        return self._step(tracker, "reason")

    def _unknown(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, order: Order, survey: Survey
    ) -> Events:
        """A number that is none of the choices: said once, and once more; then it is left alone."""
        waiting = tracker.get_slot(SLOT) or {}
        misses = int(waiting.get("misses", 0)) + 1
        known = "utter_rating_unknown" if misses < MISSES else "utter_rating_given_up"
        dispatcher.utter_message(response=known, number=order.number, round=survey.round)
        return self._step(tracker, "rating", misses=misses) if misses < MISSES else [SlotSet(SLOT, None)]


class SurveyReason(_AboutSurvey):
    """Take what was not all right, by button or in words, and whatever else is said."""

    def name(self) -> str:
        return "action_survey_reason"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        found = self._found(tracker)
        if found is None:
            dispatcher.utter_message(response="utter_no_survey")
            return [SlotSet(SLOT, None)]
        order, survey = found
        reason, told = entity(tracker, "reason"), words(tracker).strip()
        if reason == NONE:
            dispatcher.utter_message(response="utter_survey_thanks")
            return [SlotSet(SLOT, None)]
        judged = opinion(told)
        reasons = [str(reason)] if reason in ASPECTS else list(judged.reasons if judged else ())
        add(self.desk, order, survey, reasons, told if reason not in ASPECTS or _says_more(told) else "")
        late = over(self.desk, order, survey)
        dispatcher.utter_message(
            response="utter_survey_expired" if late else "utter_survey_noted", number=order.number
        )
        return self._step(tracker, "comment")


def _says_more(told: str) -> bool:
    """Whether words say more than a choice does: not a number, not a button's title alone."""
    bare = fold(told).strip(" .。!！~～")
    if not bare or number(bare) is not None:
        return False
    titles = {
        word(g, n, t)
        for g, ns in (("rating", RATINGS), ("aspect", ASPECTS))
        for n in ns
        for t in ("zh", "en")
    }
    return bare not in {fold(title) for title in titles}


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {"action_rate_service": RateService, "action_survey_reason": SurveyReason}
