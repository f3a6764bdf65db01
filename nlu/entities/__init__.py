"""Details in a text, one module a kind: `find(text, context)` gives value, place and confidence."""

from __future__ import annotations

from nlu.context import Context
from nlu.entities import (
    address,
    brand,
    dates,
    error_code,
    model,
    order_number,
    person_name,
    phone,
    product,
    quantity,
    serial_number,
    symptom,
    times,
    tried,
    urgency,
    wanted_language,
)
from nlu.text import clip
from nlu.understanding import Entity

_KINDS = (
    order_number,
    phone,
    model,
    serial_number,
    error_code,
    address,
    times,
    dates,
    person_name,
    product,
    brand,
    symptom,
    tried,
    urgency,
    quantity,
    wanted_language,
)
"""In order of precedence: a number that is an order number is no phone number, and so on."""

_SHARING = frozenset({"product", "brand", "symptom", "tried", "urgency"})
"""Kinds that may lie inside or across others without either being wrong."""
_SAME_DAY = frozenset({"date", "purchase_date", "since", "time"})


def find_all(text: str, context: Context) -> tuple[Entity, ...]:
    """Every detail in the text, in the order they stand there."""
    read = clip(text)
    taken: list[Entity] = []
    for kind in _KINDS:
        for entity in kind.find(read, context):
            if entity.name in _SHARING or not any(_clash(entity, other) for other in taken):
                taken.append(entity)
    return tuple(sorted(taken, key=lambda e: (e.start, e.end, e.name)))


def _clash(one: Entity, other: Entity) -> bool:
    if other.name in _SHARING or {one.name, other.name} <= _SAME_DAY:
        return False
    return one.start < other.end and other.start < one.end
