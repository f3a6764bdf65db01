"""The occasions on which the desk writes of its own accord."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One occasion, and what becomes of it where it cannot be said."""

    name: str
    task: bool
    """An agent's task where no channel may carry it; otherwise it is dropped."""
    with_person: bool
    """A task for the person who has the conversation; otherwise they are on it anyway, and it is dropped."""
    good_for: float
    """Hours after which it is not worth saying any more, unless the settings say otherwise."""
    optional: bool = False
    """Not said to customers who opted out; what they opened an order for is told all the same."""
    home_only: bool = False
    """Only in its own conversation, because it is about what was begun there."""
    waits: bool = False
    """Not while a person has the conversation or the customer is telling something, but later."""
    over_person: bool = False
    """Also while a person has the conversation: it is the staff who caused it."""
    parks: bool = False
    """Where no channel carries it now, it waits for the customer's next message, and a person is told."""
    responses: tuple[str, ...] = ()
    """What it is said with; news are said with what their moves tell."""
    of_order: bool = True
    """Whether it is about an order, so that its number and kind can be named."""


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "draft", optional=True, task=False, with_person=False, good_for=14, home_only=True,
            responses=("utter_draft_reminder",), of_order=False,
        ),
        Kind(
            "queue", task=False, with_person=False, good_for=1, home_only=True, over_person=True,
            responses=(
                "utter_queue_place", "utter_queue_place_time", "utter_queue_next", "utter_queue_next_time",
                "utter_queue_late", "utter_agent_left", "utter_callback_late",
            ),
            of_order=False,
        ),
        Kind("progress", task=True, with_person=False, good_for=14, responses=("utter_progress",)),
        Kind(
            "visit", optional=True, task=True, with_person=False, good_for=14,
            responses=("utter_visit_reminder",),
        ),
        Kind(
            "promise_broken", task=True, with_person=True, good_for=72,
            responses=("utter_promise_broken", "utter_promise_broken_again"),
        ),
        Kind("news", task=True, with_person=False, good_for=48, over_person=True, parks=True),
        Kind(
            "answer", optional=True, task=False, with_person=False, good_for=48, waits=True,
            responses=("utter_result_reminder", "utter_question_reminder", "utter_quotation_reminder"),
        ),
        Kind(
            "return_visit", optional=True, task=False, with_person=False, good_for=168, waits=True,
            responses=("utter_return_visit", "utter_care_visit"),
        ),
        Kind(
            "linked", task=False, with_person=False, good_for=72, home_only=True, over_person=True,
            parks=True, responses=("utter_linked_told",), of_order=False,
        ),
        Kind(
            "survey", optional=True, task=False, with_person=False, good_for=96, waits=True,
            responses=("utter_survey", "utter_survey_reminder"),
        ),
    )
}  # fmt: skip
