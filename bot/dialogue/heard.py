"""What goes into a decision and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.messages import Contact, Location, Reply
from nlu.understanding import Understanding


class NotUnderstoodYet(Exception):
    """The decision needs the classifier: understand the text and ask again."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the customer did, already resolved by the turn.

    `payload` is a button's meaning in Rasa's form; `stale_choice` says that it belonged to an earlier
    question; `group_repeat` marks a further photo of the same album (recorded, not answered again).
    `attachments` are ids of stored rows, `attachment_kinds` their kinds in the same order.
    """

    text: str = ""
    payload: str | None = None
    understanding: Understanding | None = None
    attachments: tuple[int, ...] = ()
    attachment_kinds: tuple[str, ...] = ()
    location: Location | None = None
    contact: Contact | None = None
    event: str | None = None
    edited: bool = False
    stale_choice: bool = False
    group_repeat: bool = False
    unsupported: str | None = None
    sender_name: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The conversation's new state (JSON-able) and what is said, in order; `said` names the responses."""

    state: dict[str, Any]
    replies: tuple[Reply, ...] = ()
    said: tuple[str, ...] = ()
