"""Details in a text, one module a kind: `find(text, context)` gives value, place and confidence."""

from __future__ import annotations

import re
from dataclasses import replace

from nlu.context import Context
from nlu.entities import (
    address,
    brand,
    dates,
    error_code,
    invoice_number,
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
from nlu.entities.own_words import from_tables
from nlu.tables import NONE
from nlu.text import clip, fold
from nlu.understanding import Entity

_KINDS = (
    order_number,
    invoice_number,
    model,
    serial_number,
    phone,
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

_MOST = 20
"""Details of one kind that are kept of one message."""
_NOT = re.compile(r"(?:不是|并非|唔系|别打|别用|isn't|is not|not)(?: (?:the|a|an|my))?\W?$")
_WRONG = re.compile(r"\W?(?:是|写|打|填|说)?(?:错(?:了|的)|不对|不用了|停用|停机了?|is wrong|was wrong)")
GUESSED = 0.8
"""A brand less sure than this was not written as it is spelt."""
_SHARING = frozenset({"product", "brand", "symptom", "tried", "urgency"})
"""Kinds that may lie inside or across others without either being wrong."""
_SAME_DAY = frozenset({"date", "purchase_date", "since", "time"})


def find_all(text: str, context: Context) -> tuple[Entity, ...]:
    """Every detail in the text, in the order they stand there."""
    read = clip(text)
    own = from_tables(read, context, _built_in) if context.tables else []
    taken = list(own)
    for kind in _KINDS:
        for entity in kind.find(read, context)[:_MOST]:
            if any(entity.name == other.name and _overlap(entity, other) for other in own):
                continue
            if entity.name in _SHARING or not any(_clash(entity, other) for other in taken):
                taken.append(entity)
    folded = fold(read)
    told = [e for e in taken if e.name in ("since", "purchase_date")]
    kept = (
        e
        for e in taken
        if not _denied(e, taken, folded)
        and not _misread(e, taken)
        and not (e.name == "time" and any(e.start < t.end and t.start < e.end for t in told))
    )
    return tuple(sorted(kept, key=lambda e: (e.start, e.end, e.name)))


def _built_in(text: str, context: Context) -> tuple[Entity, ...]:
    """The details without the trainer's tables."""
    return find_all(text, replace(context, tables=NONE))


def _denied(entity: Entity, others: list[Entity], folded: str) -> bool:
    """Whether the words call this value wrong and another one of its kind stands beside it."""
    wrong = _NOT.search(folded[max(0, entity.start - 16) : entity.start]) or _WRONG.match(folded, entity.end)
    return bool(wrong) and any(o.name == entity.name and o.value != entity.value for o in others)


def _misread(entity: Entity, others: list[Entity]) -> bool:
    """Whether it is a brand guessed from an address (Changning), or a name that is a brand (方太)."""
    if entity.name == "brand":
        inside = (
            o for o in others if o.name == "address" and o.start <= entity.start and entity.end <= o.end
        )
        return entity.confidence < GUESSED and any(inside)
    same = (o for o in others if o.name == "brand" and (o.start, o.end) == (entity.start, entity.end))
    return entity.name == "person_name" and any(o.confidence > entity.confidence for o in same)


def _clash(one: Entity, other: Entity) -> bool:
    if other.name in _SHARING or {one.name, other.name} <= _SAME_DAY:
        return False
    return _overlap(one, other)


def _overlap(one: Entity, other: Entity) -> bool:
    return one.start < other.end and other.start < one.end
