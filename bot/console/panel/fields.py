"""Fields that forms on the right side ask for: their choices, and their values in words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bot.console.forms import BadForm
from bot.dialogue.amending import CODED
from handlers.appointments import spoken
from handlers.complaints.wording import demand_words
from handlers.report_slots import given
from handlers.report_words import shown, spoken_phone
from handlers.visits import kept, wish_of
from handlers.visits_arranged import SLOT, wished
from handlers.vocabulary import known, word
from nlu.catalogue import in_use

LONG = ("description", "consultation_words", "complaint_words", "address")
"""Fields that are written in more than a few words."""
_TIME = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})[ T]({SLOT})")
"""A visit's time as forms show it: 2026-03-05 13:30-15:30."""
CATALOGUE = {"product": "products", "brand": "brands"}


def choices(field: str, language: str) -> list[tuple[str, str]]:
    """What may be chosen: codes with their words; empty where anything may be written."""
    group = CODED.get(field)
    return [(code, word(group, code, language)) for code in known(group)] if group else []


def names(field: str, language: str) -> list[str]:
    """What is offered while one writes: the catalogue's names."""
    section = CATALOGUE.get(field)
    return [in_use().name(section, code, language) for code in in_use().names[section]] if section else []


def in_words(field: str, values: Mapping[str, Any], language: str, now: datetime) -> str:
    """A value as people read it, `now` on the service's clock; empty where none was given."""
    value = values.get(field)
    if not given(value):
        return ""
    if field in CODED:
        return word(CODED[field], str(value), language)
    if field == "window":
        window = wish_of(value, now.tzinfo) if now.tzinfo else None
        return spoken(window, now, language) if window else str(value)
    if field == "complaint_phone":
        return spoken_phone(str(value))
    if field == "complaint_demand":
        return demand_words(str(value), language)
    return shown(values, field, language)


def to_edit(field: str, values: Mapping[str, Any], language: str, now: datetime) -> str:
    """The value as it stands in the field to be changed."""
    value = values.get(field)
    if not given(value):
        return ""
    if field == "window":
        window = wish_of(value, now.tzinfo) if now.tzinfo else None
        return f"{window.start:%Y-%m-%d %H:%M}-{window.end:%H:%M}" if window else ""
    if field in CATALOGUE or field == "complaint_demand":
        return in_words(field, values, language, now)
    return str(value)


def mark(value: Any) -> str:
    """By what it is known whether a value is still the one that was looked at."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def written(told: str, zone: str) -> str:
    """A visit's time as the form keeps it, where it is written out; other words as they are."""
    found = _TIME.fullmatch(told)
    if found is None:
        return told
    try:
        return kept(wished(date.fromisoformat(found[1]), found[2], zone))
    except ValueError:
        raise BadForm("visit_time") from None
