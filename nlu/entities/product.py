"""Which kind of appliance: words of the catalogue, slips in English ones forgiven."""

from __future__ import annotations

from nlu.context import Context
from nlu.entities.wording import mentions, misspelt
from nlu.understanding import Entity


def find(text: str, context: Context) -> list[Entity]:
    """Products; value is the catalogue's code, e.g. `refrigerator`."""
    found = mentions("product", context.catalogue.products, text, 0.98)
    return [*found, *misspelt("product", context.catalogue.products, text, found)]
