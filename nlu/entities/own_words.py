"""Details in a trainer's own words: from lookup tables, patterns and synonyms of the training data."""

from __future__ import annotations

from collections.abc import Callable

from nlu.context import Context
from nlu.tables import SURE
from nlu.understanding import Entity

Finder = Callable[[str, Context], tuple[Entity, ...]]


def from_tables(text: str, context: Context, find_built_in: Finder) -> list[Entity]:
    """The details that the tables show; of those that overlap the first and longest counts.

    A synonym stands for what its value is found to be: "雪柜" for the product that "冰箱" is. A value that
    is none of the known details only renames what a table or a pattern finds.
    """
    found = context.tables.find(text)
    for start, end, value in context.tables.other_words(text):
        meant = _meaning(value, context, find_built_in)
        if meant is not None:
            found.append(Entity(meant.name, meant.value, text[start:end], start, end, SURE, "synonym"))
    kept: list[Entity] = []
    for entity in sorted(found, key=lambda e: (e.start - e.end, e.start, e.extractor == "synonym")):
        if not any(entity.start < other.end and other.start < entity.end for other in kept):
            kept.append(entity)
    return kept


def _meaning(value: str, context: Context, find_built_in: Finder) -> Entity | None:
    """The known detail that a value is, as a word or as one of the catalogue's codes; None if it is none."""
    for section, name in (("products", "product"), ("brands", "brand"), ("symptoms", "symptom")):
        if value in context.catalogue.names.get(section, {}):
            return Entity(name, value, value, 0, len(value))
    whole = (e for e in find_built_in(value, context) if e.end - e.start == len(value))
    return next(whole, None)
