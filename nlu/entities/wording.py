"""Finding a catalogue's words in a text."""

from __future__ import annotations

from nlu.catalogue import Wording
from nlu.text import fold
from nlu.understanding import Entity


def mentions(name: str, wording: Wording, text: str, confidence: float) -> list[Entity]:
    """Each place where one of the words stands, with its code as the value."""
    return [
        Entity(
            name, wording.meaning(m), text[m.start() : m.end()], m.start(), m.end(), confidence, "catalogue"
        )
        for m in wording.pattern.finditer(fold(text))
        if m.end() > m.start()
    ]
