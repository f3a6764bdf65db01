"""What is wrong: the catalogue's symptoms."""

from __future__ import annotations

from nlu.context import Context
from nlu.entities.wording import mentions
from nlu.understanding import Entity

_VAGUE = frozenset({"broken", "error_code"})


def find(text: str, context: Context) -> list[Entity]:
    """Symptoms; value is the catalogue's code, e.g. `no_cooling`; vague ones are less sure."""
    found = mentions("symptom", context.catalogue.symptoms, text, 0.9)
    return [
        Entity(
            e.name, e.value, e.text, e.start, e.end, 0.6 if e.value in _VAGUE else e.confidence, e.extractor
        )
        for e in found
    ]
