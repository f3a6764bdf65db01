"""No more reminders, surveys and return visits, or again: by chat, at any moment (F6)."""

from __future__ import annotations

from functools import cache, partial

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers.actions import ActionMaker, DeskAction, Events
from handlers.desk import Desk
from handlers.vocabulary import listed
from nlu.text import fold

LONGEST = 40
WISHES = {"opt_out": "/stop_notices", "opt_in": "/resume_notices"}
"""Marks of the vocabulary, and the button that such words stand for."""


class Opt(DeskAction):
    """Keep what the customer wants; news of their own orders they get all the same."""

    def __init__(self, desk: Desk, out: bool) -> None:
        super().__init__(desk)
        self.out = out

    def name(self) -> str:
        return "action_stop_notices" if self.out else "action_resume_notices"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        self.desk.tx.customers.opt_out(self.desk.customer_id, self.desk.now if self.out else None)
        dispatcher.utter_message(response="utter_notices_stopped" if self.out else "utter_notices_resumed")
        return []


def meant(text: str) -> str | None:
    """The button that plain words stand for, whatever is open; they must say nothing else."""
    said = _bare(text) if len(text) <= LONGEST else ""
    return next((payload for group, payload in WISHES.items() if said and said in _marks(group)), None)


@cache
def _marks(group: str) -> frozenset[str]:
    return frozenset(_bare(mark) for mark in listed("marks", group))


def _bare(text: str) -> str:
    """Letters and digits only, without the small words of politeness around them."""
    folded = fold(text)
    for word in listed("marks", "polite"):
        folded = folded.replace(word, "")
    return "".join(c for c in folded if c.isalnum())


def actions() -> dict[str, ActionMaker]:
    """The flow's actions by name."""
    return {
        "action_stop_notices": partial(Opt, out=True),
        "action_resume_notices": partial(Opt, out=False),
    }
