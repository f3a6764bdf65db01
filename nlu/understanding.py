"""What was understood of one message: plain values in Rasa's vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entity:
    """A detail found in the text: characters [start, end), its normalised value, confidence 0..1."""

    name: str
    value: Any
    text: str
    start: int
    end: int
    confidence: float = 1.0
    extractor: str = ""


@dataclass(frozen=True, slots=True)
class Understanding:
    """One message understood; `ranking` holds (intent, confidence), best first.

    `in_scope` is the calibrated belief, 0..1, that the text is something this desk does. A message with
    several intents has them as `parts`, each with its own words and details; any other has none. A part may
    be an answer or details (`inform`), which only matter where something was asked.
    """

    text: str
    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[Entity, ...] = ()
    language: str = "zh"
    in_scope: float = 1.0
    parts: tuple[Understanding, ...] = ()

    def entity(self, name: str) -> Entity | None:
        """The most confident entity of that name, or None."""
        found = [e for e in self.entities if e.name == name]
        return max(found, key=lambda e: e.confidence, default=None)

    def as_rasa(self) -> dict[str, Any]:
        """The message as Rasa's `/model/parse` answers it, with `parts` where it has several intents."""
        several = {"parts": [part.as_rasa() for part in self.parts]} if self.parts else {}
        return {
            "text": self.text,
            "intent": {"name": self.intent, "confidence": self.confidence},
            "entities": [
                {
                    "entity": e.name,
                    "value": e.value,
                    "start": e.start,
                    "end": e.end,
                    "confidence_entity": e.confidence,
                    "extractor": e.extractor,
                }
                for e in self.entities
            ],
            "intent_ranking": [{"name": n, "confidence": c} for n, c in self.ranking],
            **several,
        }
