"""Plain words that stand for a button of the fault report, and for its beginning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import self_service, telling, walking
from handlers.report_slots import CONTACT, OPTIONAL
from handlers.vocabulary import listed
from nlu.catalogue import in_use
from nlu.parts import first_clause
from nlu.text import clip, fold

EXPLAINED = ("since", "model", "purchase_date", "name", "phone", "address")
"""Questions that customers ask the reason of."""
ASIDE_LIMIT = 40
"""Longer words are no mere aside to the open question."""
SHORT = 48
"""Longer words are heard by their intent."""


def meant(requested: str | None, text: str, slots: Mapping[str, Any]) -> str | None:
    """The button of the open question that the customer's words stand for, or None."""
    text = clip(text)
    if asks_how_soon(text):
        return "/how_soon"
    wants_visit = requested == "description" and not any(in_use().symptoms.find(fold(text)))
    fault = str(slots.get("description") or "")
    if requested == "self_service" or wants_visit:
        return self_service.meant(text, slots.get("steps") if requested == "self_service" else None, fault)
    if requested in (*OPTIONAL, *CONTACT, "confirmed") and walking.over(text, fault):
        return "/stop"
    enough = telling.indifferent(text) or fold(text).strip(telling.EDGES) in listed("marks", "enough")
    if requested in OPTIONAL and len(text) <= ASIDE_LIMIT and enough:
        return "/skip"
    plain = not any(map(str.isdigit, text)) and not any(w in text.lower() for w in listed("marks", "when"))
    at_once = self_service.wants_none(text)
    if requested in ("product", *OPTIONAL, *CONTACT) and len(text) <= ASIDE_LIMIT and (plain or at_once):
        visit = self_service.meant(text, None)
        if visit:
            return visit if requested in OPTIONAL else "/resume"
    if requested == "known_contact" and any(mark in text.lower() for mark in listed("marks", "as_before")):
        return "/affirm"
    asks_why = any(mark in text.lower() for mark in listed("marks", "why")) and len(text) <= ASIDE_LIMIT
    return "/explain" if requested in EXPLAINED and asks_why else None


def asks_how_soon(text: str) -> bool:
    """Whether somebody's coming, or the repair, is asked about and no day: "多久能到"."""
    folded = fold(text)
    if len(folded) > ASIDE_LIMIT or any(mark in folded for mark in listed("marks", "no_coming")):
        return False
    return all(any(mark in folded for mark in listed("marks", part)) for part in ("how_soon", "coming"))


def said(text: str) -> str | None:
    """The button that plain words stand for where no question is open: a report without more ado.

    Somebody is to come at once, or a thing that is none of our appliances is broken.
    """
    if text.lower().replace("’", "'").strip(" .。,，!！~") in listed("marks", "report_it"):
        return "/report_fault"
    if len(text) > SHORT or any(in_use().products.find(fold(text))):
        return None
    broken = not first_clause(text)[1] and telling.thing_told(text) is not None
    at_once = self_service.wants_none(text) and not any(in_use().symptoms.find(fold(text)))
    return "/report_fault" if broken or at_once else None
