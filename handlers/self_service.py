"""Self-service before dispatch 远程协助优先: the knowledge base's steps, one at a time, inside the report."""

from __future__ import annotations

import json
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers import walking
from handlers.actions import ActionMaker, DeskAction, Events, button, entity, language, words
from handlers.desk import Desk
from handlers.report_slots import SKIPPED, given
from handlers.vocabulary import listed, word
from handlers.walking import Place
from nlu.article import Article
from nlu.diagnosis import SERVICE, SOLVED, Step

Slots = dict[str, Any]
FIXED, NO, NOT_TRIED, UNSURE = "/solved", "/no", "/not_tried", "/unsure"
LATER, UNCLEAR = "/later", "/unclear"
"""What can come of every step besides its own answers; the last two leave it open."""
ASKED_BESIDE = 2
"""So often a step is asked again of somebody who tells other things instead."""
ONWARD = (NO, NOT_TRIED, UNSURE)


def begun(desk: Desk, tracker: Tracker) -> bool:
    """Whether there is a diagnosis to walk through for what is known so far."""
    slots = tracker.slots
    if not given(slots.get("description")) or slots.get("urgency") == "urgent":
        return False
    if slots.get("self_service") is not None or "confirmed" in (slots.get("asked") or []):
        return False
    if steps := slots.get("steps"):
        return _here(desk, walking.known(steps), slots)[1] is not None
    return _find(desk, slots) is not None


def after_step(desk: Desk, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    """The slots after the customer said what came of the step."""
    if value == SKIPPED or not tracker.get_slot("steps"):
        if wants_none(words(tracker)) and not tracker.get_slot("steps"):
            dispatcher.utter_message(response="utter_straight_to_visit")
        if entity(tracker, "in_vain"):
            dispatcher.utter_message(response="utter_steps_did_not_help")
        return {"self_service": SKIPPED}
    steps = walking.known(tracker.get_slot("steps"))
    said = _said(str(value), words(tracker), steps)
    if said == UNCLEAR and steps.get("unclear") == steps["at"]:
        said = UNSURE  # asked twice which of the answers it is
    article, step = _here(desk, steps, tracker.slots)
    tried = list(tracker.get_slot("steps_tried") or [])
    if said not in (LATER, UNCLEAR):
        tried = [*tried, _told(steps, said, language(tracker))][-walking.MOST :]
    if said == FIXED:
        return {"self_service": "solved", "steps_tried": tried}
    if article is None or step is None:
        return {"self_service": "failed", "steps_tried": tried}
    if said in (LATER, UNCLEAR):
        dispatcher.utter_message(response="utter_try_the_step" if said == LATER else "utter_step_unclear")
        return {"self_service": None, **({"steps": {**steps, "unclear": step.id}} if said == UNCLEAR else {})}
    target = step.otherwise if said in ONWARD else walking.target(step, steps, said)
    edited = article.language == steps["language"] and step.instruction != steps["instruction"]
    if edited or target is None:
        dispatcher.utter_message(response="utter_steps_changed")
    if target is None:
        return {"self_service": None, "steps": {**steps, "said": None}}
    if target == SOLVED:
        return {"self_service": "solved", "steps_tried": tried}
    following = article.step(target)
    if target == SERVICE or following is None or len(tried) >= walking.MOST:
        dispatcher.utter_message(response="utter_steps_did_not_help")
        return {"self_service": "failed", "steps_tried": tried}
    path = [*steps["path"], step.id][-walking.MOST :]
    moved = walking.place(article, _other(desk, article), following, path)
    return {"self_service": None, "steps_tried": tried, "steps": moved}


def wants_none(text: str) -> bool:
    """Whether the customer wants no steps, but somebody to come, whatever else they say."""
    lowered = text.lower()
    return any(mark in lowered for mark in listed("marks", "no_steps"))


def asks_to_come(text: str) -> bool:
    """Whether somebody is to be sent, and no price is asked."""
    lowered = text.lower()
    if any(mark in lowered for mark in listed("marks", "price")):
        return False
    return wants_none(text) or any(mark in lowered for mark in listed("marks", "send_someone"))


def meant(text: str, steps: Place | None, fault: str = "") -> str | None:
    """The button that words at a step stand for: somebody who wants a visit wants no more steps.

    `fault` is what was told to be wrong.
    """
    lowered = text.lower().strip(" 。.!！~，,")
    if steps and walking.index_of(text, steps.get("says") or []) is None:
        if walking.over(text, fault):
            return _payload(FIXED)
        if walking.declined(text):
            return "/stop"
    if asks_to_come(text):
        return "/skip"
    if not steps:
        return None
    if lowered in listed("marks", "next_step"):
        return _payload(NOT_TRIED)
    says = steps.get("says") or []
    index = walking.understood(text, says)
    if index is not None:
        return _payload(says[index][0])
    if says and lowered in listed("marks", "cannot_tell"):
        return _payload(UNSURE)
    return None


def back(desk: Desk, tracker: Tracker) -> Events:
    """The step before, to be asked again; nothing at the first one."""
    steps = tracker.get_slot("steps") or {}
    article = desk.article(str(steps.get("article")), language(tracker))
    while article is not None and steps.get("path"):
        *path, last = steps["path"]
        if (step := article.step(last)) is not None:
            tried = list(tracker.get_slot("steps_tried") or [])[:-1]
            before = walking.place(article, _other(desk, article), step, path)
            return [SlotSet("steps", before), SlotSet("steps_tried", tried)]
        steps = {**steps, "path": path}
    return []


class AskSelfService(DeskAction):
    """Say the step and ask what came of it."""

    def name(self) -> str:
        return "action_ask_report_fault_form_self_service"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        steps, tongue = tracker.get_slot("steps"), language(tracker)
        if not steps:
            found = _find(self.desk, tracker.slots)
            if found is None:
                return [SlotSet("self_service", "none")]
            steps = walking.place(found, _other(self.desk, found), found.diagnosis[0])
            dispatcher.utter_message(response="utter_self_service_begins")
        steps = walking.known(steps)
        article, step = _here(self.desk, steps, tracker.slots)
        if article is None or step is None:
            dispatcher.utter_message(response="utter_steps_gone")
            return [SlotSet("steps", {**steps, "gone": True})]
        again = steps.get("said") == step.id
        beside = int(steps.get("beside") or 0) if again else 0
        beside += again and (tracker.latest_message.get("intent") or {}).get("name") == "inform"
        if beside > ASKED_BESIDE:
            dispatcher.utter_message(response="utter_step_left")
            return [SlotSet("self_service", SKIPPED)]
        if step.instruction != steps["instruction"] or article.language != steps["language"]:
            steps = walking.place(article, _other(self.desk, article), step, steps["path"])
            again = False
        dispatcher.utter_message(
            response="utter_step_again" if again else "utter_step",
            step=step.instruction,
            choices="yes" if step.answers else None,
            buttons=_buttons(step, tongue),
        )
        return [SlotSet("steps", {**steps, "said": step.id, "beside": beside})]


def _said(value: str, told: str, steps: Place) -> str:
    """What came of the step: one of its own answers, or one of the outcomes every step has."""
    says = steps["says"]
    bare = told.strip(" 。.!！~，,").lower()
    if steps.get("gone") and value in ("yes", "no"):
        return FIXED if any(mark in bare for mark in listed("marks", "solved")) and value == "yes" else NO
    if value == "yes" and (not says or (bare and bare not in listed("marks", "plain_yes"))):
        return FIXED if _says_solved(told) else LATER
    if value == "no" and (not says or (bare and bare not in listed("marks", "plain_no"))):
        return NO
    index = walking.index_of(value, says)
    if value not in ("yes", "no"):
        return value if index is None else str(says[index][0])
    index = walking.yes_or_no(value == "yes", says) if index is None else index
    return UNCLEAR if index is None else str(says[index][0])


def _says_solved(text: str) -> bool:
    """Whether a yes means that it works again, and not just "all right, I'll try"; a button means it."""
    told = text.strip(" 。.!！~,，").lower()
    solved = any(mark in told for mark in listed("marks", "solved"))
    return not told or solved or told in listed("marks", "plain_yes")


def _here(desk: Desk, steps: Place, slots: Slots) -> tuple[Article | None, Step | None]:
    """The article as it is now and the step to ask: the open one, or where that is gone the first one."""
    article = desk.article(str(steps.get("article")), str(slots.get("language") or "zh"))
    if article is None or not article.diagnosis:
        return None, None
    step = walking.locate(article, steps)
    if step is None:
        first = article.diagnosis[0]
        tried = any(t.startswith(first.instruction) for t in slots.get("steps_tried") or [])
        step = None if tried else first
    return article, step


def _other(desk: Desk, article: Article) -> Article | None:
    """The article in the other language, or None."""
    found = desk.article(article.id, "en" if article.language == "zh" else "zh")
    return found if found is not None and found.language != article.language else None


def _find(desk: Desk, slots: Slots) -> Article | None:
    product, model = slots.get("product"), slots.get("model")
    return desk.diagnosis(
        str(slots.get("language") or "zh"),
        product if given(product) else None,
        list(slots.get("symptoms") or []),
        slots.get("error_code"),
        str(slots.get("description") or ""),
        model if given(model) else None,
    )


def _told(steps: Place, said: str, tongue: str) -> str:
    """The step and what came of it, as the engineer reads it in the order."""
    came = word("step", said[1:], tongue) if said.startswith("/") else said
    return f"{steps['instruction']} → {came}"


def _buttons(step: Step, tongue: str) -> list[dict[str, str]]:
    own = [button(answer.say, _payload(answer.say)) for answer in step.answers]
    if not own:
        return []
    return [
        *own,
        button(word("button", "send_someone", tongue), "/skip"),
        button(word("button", "person", tongue), "/ask_human"),
    ]


def _payload(said: str) -> str:
    return f"/inform{json.dumps({'step_answer': said}, ensure_ascii=False)}"


def actions() -> dict[str, ActionMaker]:
    """This part's actions by name."""
    return {"action_ask_report_fault_form_self_service": AskSelfService}
