"""The warranty of the device in a fault report: worked out when it is shown or kept, never stored ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.desk import Desk
from handlers.devices import device_of
from handlers.report_slots import given
from handlers.warranty.cover import Cover, cover
from handlers.warranty.wording import in_short

Slots = Mapping[str, Any]


def cover_of(slots: Slots, desk: Desk) -> Cover:
    """What warranty covers of the report's device today."""
    return cover(device_of(slots), desk.local_now.date(), desk.terms.warranty, desk.terms.serial_numbers)


def warranty_line(slots: Slots, desk: Desk, language: str) -> str:
    """The summary's line; empty where nothing that bears on it was asked or told."""
    if not _told(slots):
        return ""
    found = cover_of(slots, desk)
    return in_short(found.state, found.reasons, language)


def warranty_fields(slots: Slots, desk: Desk) -> dict[str, Any]:
    """What the order keeps: the state and its reasons; nothing where nothing that bears on it was told."""
    if not _told(slots):
        return {}
    found = cover_of(slots, desk)
    return {"warranty": found.state, "warranty_reasons": [reason.as_json() for reason in found.reasons]}


def _told(slots: Slots) -> bool:
    return slots.get("purchase_date") is not None or given(slots.get("serial_number"))
