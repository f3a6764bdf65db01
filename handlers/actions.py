"""What every action of the flows has: the desk, the customer's language, the words they wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from handlers.desk import Desk

Events = list[dict[str, Any]]
ActionMaker = Callable[[Desk], Action]


class DeskAction(Action):
    """An action of rasa-sdk with the desk of the turn at hand."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk


class DeskForm(FormValidationAction):
    """A form's validation with the desk of the turn at hand; files sent at any step are welcome."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> Events:
        """The checked values; a word about files that came with them."""
        if files(tracker):
            dispatcher.utter_message(response="utter_files_kept")
        return list(await super().get_validation_events(dispatcher, tracker, domain))


def language(tracker: Tracker) -> str:
    """The customer's language, zh or en."""
    return str(tracker.get_slot("language") or "zh")


def entity(tracker: Tracker, name: str) -> Any:
    """The first value of that entity in the latest message, or None."""
    return next(iter(tracker.get_latest_entity_values(name)), None)


def address(tracker: Tracker) -> str | None:
    """The address in the latest message in one line, or None."""
    found = entity(tracker, "address")
    return str(found.get("full") or "") or None if isinstance(found, dict) else found


def words(tracker: Tracker) -> str:
    """What the customer wrote; empty for a button."""
    metadata = tracker.latest_message.get("metadata") or {}
    return str(metadata.get("words") or "")


def intent(tracker: Tracker) -> str:
    """The latest message's intent, or an empty string."""
    return str((tracker.latest_message.get("intent") or {}).get("name") or "")


def files(tracker: Tracker) -> list[int]:
    """Ids of the files sent with the latest message."""
    metadata = tracker.latest_message.get("metadata") or {}
    return list(metadata.get("attachments") or [])


def button(title: str, payload: str) -> dict[str, str]:
    """A button in the form that `utter_message` takes."""
    return {"title": title, "payload": payload}
