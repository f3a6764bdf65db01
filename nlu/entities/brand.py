"""Which maker: words of the catalogue, slips in English ones forgiven."""

from __future__ import annotations

from nlu.context import Context
from nlu.entities.wording import mentions, misspelt
from nlu.understanding import Entity


def find(text: str, context: Context) -> list[Entity]:
    """Brands; value is the catalogue's code, e.g. `haier`."""
    found = mentions("brand", context.catalogue.brands, text, 0.95)
    return [*found, *misspelt("brand", context.catalogue.brands, text, found)]
