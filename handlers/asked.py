"""What a customer says while something waits that the desk asked of its own accord."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SURE = 0.7
WISHES = (
    "report_fault",
    "report_hazard",
    "request_installation",
    "request_return",
    "cancel_order",
    "change_appointment",
    "reopen_order",
    "ask_human",
    "change_language",
    "restart",
)
"""Intents that want something else than to answer."""
QUESTIONS = ("track_order", "urge_order", "ask_question", "help")
"""Intents that do, unless the words judge the service: "three days, far too slow"."""
NOTHING_MORE = ("skip", "deny", "stop", "thank", "goodbye")
"""Intents of a customer who has nothing to add."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message in words: its intent, what it names, what the conversation remembers.

    `parts` are the intents of its matters, where it has several.
    """

    text: str
    intent: str
    confidence: float
    entities: Mapping[str, Any]
    slots: Mapping[str, Any]
    parts: tuple[str, ...] = field(default=())

    @property
    def names_fault(self) -> bool:
        """Whether it tells what is wrong with a device."""
        return "symptom" in self.entities or "error_code" in self.entities

    def wants_else(self, judges: bool) -> bool:
        """Whether it surely wants something else; `judges` says that the words judge the service."""
        wishes = WISHES if judges else (*WISHES, *QUESTIONS)
        sure = self.confidence >= SURE or self.names_fault
        return any(part in wishes for part in self.parts) or (self.intent in wishes and sure)


def payload(intent: str, **values: Any) -> str:
    """A button's meaning."""
    return f"/{intent}{json.dumps(values, ensure_ascii=False)}"
