"""The report's values as customers read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import phonenumbers

from handlers.report_slots import given
from handlers.vocabulary import spoken_date, word
from nlu.catalogue import in_use

SUMMARY = (
    "description",
    "error_code",
    "since",
    "conditions",
    "tried",
    "wished",
    "model",
    "serial_number",
    "purchase_date",
    "name",
    "phone",
    "address",
)


def summary(slots: Mapping[str, Any], language: str) -> dict[str, str]:
    """Every line of the summary by its placeholder; empty ones leave their line out."""
    lines = {slot: shown(slots, slot, language) for slot in SUMMARY}
    device = [shown(slots, "brand", language), shown(slots, "product", language)]
    lines["device"] = " ".join(part for part in device if part)
    photos = slots.get("photos") or []
    lines["photos"] = str(len(photos)) if photos else ""
    lines["urgent"] = word("urgency", "urgent", language) if slots.get("urgency") == "urgent" else ""
    return lines


def shown(slots: Mapping[str, Any], slot: str, language: str) -> str:
    """One value as the customer reads it; empty when it was not given."""
    value = slots.get(slot)
    if not given(value):
        return ""
    if slot in ("product", "brand"):
        return in_use().name(f"{slot}s", str(value), language)
    if slot == "phone":
        return spoken_phone(str(value))
    if slot in ("model", "purchase_date") and not str(value)[:4].isdigit():
        return word("age", str(value), language)
    if slot in ("since", "purchase_date"):
        return spoken_date(str(value), language)
    if slot == "wished":
        day, _, hours = str(value).partition(" ")
        return f"{spoken_date(day, language)} {hours}".rstrip()
    if slot == "urgency":
        return word("urgency", str(value), language)
    if isinstance(value, list):
        section = "symptoms" if slot == "symptoms" else "tried"
        return "; ".join(in_use().name(section, str(item), language) for item in value)
    return str(value)


def spoken_phone(number: str) -> str:
    """An E.164 number as people write it: 138 0013 8000, +44 20 …"""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    if parsed.country_code == 86:
        style = phonenumbers.PhoneNumberFormat.NATIONAL
    return phonenumbers.format_number(parsed, style)
