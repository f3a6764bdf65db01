"""What the customer has tried already: words of the catalogue."""

from __future__ import annotations

from nlu.context import Context
from nlu.entities.wording import mentions
from nlu.understanding import Entity


def find(text: str, context: Context) -> list[Entity]:
    """Measures taken; value is the catalogue's code, e.g. `restarted`."""
    return mentions("tried", context.catalogue.tried, text, 0.9)
