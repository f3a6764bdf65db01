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
    home_only: bool = False
    """Only in its own conversation, because it is about what was begun there."""
    waits: bool = False
    """Not while a person has the conversation or the customer is telling something, but later."""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("draft", task=False, with_person=False, good_for=14, home_only=True),
        Kind("progress", task=True, with_person=False, good_for=14),
        Kind("visit", task=True, with_person=False, good_for=14),
        Kind("promise_broken", task=True, with_person=True, good_for=72),
        Kind("survey", task=False, with_person=False, good_for=96, waits=True),
    )
}
