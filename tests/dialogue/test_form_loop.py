"""The form loop does what Rasa's server does around a FormValidationAction."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa_sdk import Action, FormValidationAction
from rasa_sdk.events import SlotSet

from bot.dialogue import NotUnderstoodYet, forms, stepping
from bot.dialogue.domain import Domain
from bot.dialogue.exchange import Exchange, Script
from bot.dialogue.heard import Heard
from bot.dialogue.tracker import EVENTS_KEPT, Memory
from bot.dialogue.wording import Wording
from handlers.testing import MemoryTx, memory_desk
from nlu.understanding import Entity, Understanding
from tests.conftest import NOON

ASKED_SIZE = [{"active_loop": "pizza_form", "requested_slot": "size"}]
ASKED_CRUST = [{"active_loop": "pizza_form", "requested_slot": "crust"}]
DOMAIN = Domain(
    slots={
        "size": {
            "type": "text",
            "mappings": [
                {"type": "from_entity", "entity": "size"},
                {"type": "from_text", "conditions": ASKED_SIZE, "not_intent": ["stop"]},
            ],
        },
        "crust": {
            "type": "text",
            "mappings": [
                {"type": "from_entity", "entity": "crust"},
                {"type": "from_intent", "intent": "affirm", "value": "thin", "conditions": ASKED_CRUST},
            ],
        },
    },
    forms={"pizza_form": {"required_slots": ["size", "crust"]}},
    responses={
        name: [{"text": name}]
        for name in ("utter_ask_size", "utter_ask_pizza_form_crust", "utter_ask_crust", "utter_done")
    },
)
DOMAIN.rasa.update(slots=DOMAIN.slots, forms=DOMAIN.forms)
SEEN: list[Any] = []


class Validate(FormValidationAction):
    """Takes sizes of one letter only, in capitals."""

    def name(self) -> str:
        return "validate_pizza_form"

    def validate_size(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        SEEN.append((dict(tracker.slots_to_validate()), domain))
        return {"size": value.upper() if len(value) == 1 else None}

    async def validate_crust(self, value: Any, dispatcher: Any, tracker: Any, domain: Any) -> dict[str, Any]:
        return {"crust": value}


class Submit(Action):
    """Says that the form is through."""

    def name(self) -> str:
        return "action_submit_pizza_form"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        dispatcher.utter_message(response="utter_done")
        return [SlotSet("size", None), SlotSet("crust", None)]


SCRIPT = Script(
    DOMAIN,
    Wording(DOMAIN.responses),
    {"validate_pizza_form": lambda desk: Validate(), "action_submit_pizza_form": lambda desk: Submit()},
)


def exchange(memory: Memory, **heard: Any) -> Exchange:
    tx = MemoryTx()
    desk = memory_desk(tx, tx.conversation(NOON), None, NOON)
    return Exchange(Heard(**heard), memory, desk, SCRIPT)


def memory(**slots: Any) -> Memory:
    found = Memory.recall({"slots": slots}, "somebody", DOMAIN)
    found.loop = "pizza_form"
    return found


def understood(text: str, intent: str = "inform", **entities: str) -> Understanding:
    found = tuple(Entity(name, value, value, 0, len(value)) for name, value in entities.items())
    return Understanding(text, intent, 0.9, ((intent, 0.9),), found)


def test_details_fill_several_slots_and_the_form_is_submitted() -> None:
    """C1: everything in one message."""
    one = exchange(
        Memory.recall({}, "x", DOMAIN),
        text="l thin",
        understanding=understood("l thin", size="l", crust="thin"),
    )
    forms.activate(one, "pizza_form")
    assert one.said == ["utter_done"]
    assert one.memory.loop is None
    assert one.memory.slots["size"] is None


def test_candidates_are_the_tail_of_the_events_and_the_domain_is_passed() -> None:
    SEEN.clear()
    one = exchange(memory(requested_slot="size"), text="l", understanding=understood("l", size="l"))
    assert forms.proceed(one, forms.candidates(one)) is True
    (candidates, domain), *others = SEEN
    assert (candidates, domain, others) == ({"size": "l"}, DOMAIN.rasa, [])
    assert one.memory.slots["size"] == "L"


def test_a_rejected_value_comes_back_as_none_and_is_asked_again() -> None:
    """C8"""
    one = exchange(memory(requested_slot="size"), text="huge", understanding=understood("huge"))
    assert forms.proceed(one, forms.candidates(one)) is False
    assert one.memory.slots["size"] is None
    assert one.said == ["utter_ask_size"]


def test_the_forms_own_question_goes_before_the_slots() -> None:
    one = exchange(memory(requested_slot="size"), text="s", understanding=understood("s", size="s"))
    forms.proceed(one, forms.candidates(one))
    assert one.said == ["utter_ask_pizza_form_crust"]
    assert one.memory.requested == "crust"


def test_mappings_hold_only_where_their_conditions_do() -> None:
    asked = exchange(memory(requested_slot="crust"), text="yes", understanding=understood("yes", "affirm"))
    assert forms.candidates(asked) == {"crust": "thin"}
    other = exchange(memory(requested_slot="size"), text="yes", understanding=understood("yes", "affirm"))
    assert forms.candidates(other) == {"size": "yes"}
    stop = exchange(memory(requested_slot="size"), text="stop", understanding=understood("stop", "stop"))
    assert forms.candidates(stop) == {}


def test_actions_see_copies() -> None:
    """A handler that changes its tracker changes nothing of ours."""
    one = memory(size="L")
    tracker = one.tracker({"text": "x"}, {"crust": "thin"})
    tracker.slots["size"] = "XXL"
    tracker.events.clear()
    assert one.slots["size"] == "L"


def test_events_are_bounded() -> None:
    one = memory()
    for n in range(200):
        one.note({"event": "slot", "name": "size", "value": n})
    assert len(one.events) == EVENTS_KEPT


def test_a_coroutine_that_waits_is_an_error() -> None:
    async def waits() -> None:
        await asyncio.sleep(0)

    async def does_not() -> int:
        return 3

    assert stepping.run(does_not()) == 3
    with pytest.raises(stepping.Suspended):
        stepping.run(waits())


def test_unclassified_words_ask_for_the_classifier() -> None:
    with pytest.raises(NotUnderstoodYet):
        _ = exchange(memory(), text="anything").intent
    assert exchange(memory(), payload="/affirm").intent == "affirm"
