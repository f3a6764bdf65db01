"""Which maker: words of the catalogue."""

from __future__ import annotations

from nlu.context import Context
from nlu.entities.wording import mentions
from nlu.understanding import Entity


def find(text: str, context: Context) -> list[Entity]:
    """Brands; value is the catalogue's code, e.g. `haier`."""
    return mentions("brand", context.catalogue.brands, text, 0.95)
