"""The report's slots: which question is open, given what is known; no words here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk.events import SlotSet

from handlers.desk import Desk
from handlers.devices import DEVICE
from handlers.values import SKIPPED as SKIPPED
from handlers.values import given as given
from storage.devices import Owned
from storage.orders import Order

FORM = "report_fault_form"
KEPT = "keep"
OFFERED = 3
"""So many devices are offered as buttons."""
PHOTO = "photo"

ASKED = (
    "product",
    "description",
    "duplicate",
    "self_service",
    "since",
    "model",
    "purchase_date",
    "known_contact",
    "name",
    "phone",
    "address",
    "confirmed",
)
"""The clerk's list, in the order of asking."""

NEEDED = ("product", "description", "name", "phone", "address")
"""Skipped only when the customer insists."""

OPTIONAL = ("since", "model", "purchase_date")
"""Asked once; whoever goes on to something else is not asked again."""

GROUPS = {"since": ("since", "conditions", "tried"), "model": ("model", "serial_number", "purchase_date")}
"""One question for several slots: any of them answers it."""

CONTACT = ("name", "phone", "address")
CHANGEABLE = (
    "product",
    "brand",
    "model",
    "serial_number",
    "purchase_date",
    "description",
    "since",
    "urgency",
    "name",
    "phone",
    "address",
)
"""What the summary shows and lets the customer change one by one."""

BOOKKEEPING = ("asked", "attempts", "replaced", "doubts", "steps", "steps_tried", "expects")
REPORT = (
    *ASKED,
    "brand",
    "serial_number",
    "symptoms",
    "error_code",
    "conditions",
    "tried",
    "wished",
    "urgency",
    "place",
    "photos",
)
"""Everything that belongs to one report and is forgotten with it."""

Slots = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a form asks, in which order; what may be changed, and what is forgotten at its end."""

    kind: str
    asked: tuple[str, ...]
    changeable: tuple[str, ...]
    forgotten: tuple[str, ...]
    needed: tuple[str, ...] = NEEDED
    silent: tuple[str, ...] = ("description",)
    """Changes that are not told: the summary shows them."""


REPORT_PLAN = Plan("fault", ASKED, CHANGEABLE, (*REPORT, *BOOKKEEPING))


def known_contact(desk: Desk) -> dict[str, str]:
    """Name, phone and address the customer gave before; empty ones left out."""
    customer = desk.customer()
    return {slot: value for slot in CONTACT if (value := getattr(customer, slot))}


def same_order(desk: Desk, product: str | None) -> Order | None:
    """The customer's newest fault order for the same kind of product that a report may belong to.

    An open one, or one that may still be taken up again.
    """
    if not given(product):
        return None
    orders = [o for o in desk.orders() if o.kind == "fault" and o.fields.get("product") == product]
    open_ones = (o for o in orders if o.open)
    return next(open_ones, None) or next((o for o in orders if desk.can_reopen(o)), None)


def earlier_device(desk: Desk, product: str) -> dict[str, str]:
    """The customer's device of that kind, if only one is known."""
    found = [one for one in _devices(desk) if one.product == product]
    if len({one.model for one in found}) != 1:
        return {}
    return {slot: value for slot in DEVICE if (value := getattr(found[0], slot))}


def devices_offered(desk: Desk, product: str | None) -> list[Owned]:
    """The customer's devices to choose from: of any kind, or several of one; only those with a model."""
    found = _devices(desk)
    if product is not None:
        found = [one for one in found if one.product == product]
    return found[:OFFERED] if product is None or len(found) > 1 else []


def _devices(desk: Desk) -> list[Owned]:
    return [one for one in desk.tx.devices.of_customer(desk.customer_id) if one.model]


def next_question(slots: Slots, desk: Desk, diagnosed: bool) -> str | None:
    """The first question of the clerk's list that is still open and worth asking; None when all is said."""
    if slots.get("self_service") == "solved" or _added(slots):
        return None
    return next((slot for slot in ASKED if _open(slot, slots, desk, diagnosed)), None)


def _added(slots: Slots) -> bool:
    return slots.get("duplicate") == "same" and given(slots.get("description"))


def _open(slot: str, slots: Slots, desk: Desk, diagnosed: bool) -> bool:
    if slots.get(slot) is not None:
        return False
    if slot == "duplicate":
        return same_order(desk, slots.get("product")) is not None
    if slot == "self_service":
        return diagnosed
    if slot == "model":
        return not given(slots.get("serial_number"))
    if slot == "purchase_date":
        return "model" not in (slots.get("asked") or [])
    if slot == "known_contact":
        return bool(known_contact(desk)) and not any(slots.get(s) is not None for s in CONTACT)
    return True


def settled_by(requested: str | None, before: Slots, after: Slots) -> str | None:
    """The group's question that was answered by another slot of its group."""
    members = GROUPS.get(requested or "", ())
    if not members or after.get(str(requested)) is not None:
        return None
    told = any(given(after.get(m)) and after.get(m) != before.get(m) for m in members)
    return requested if told else None


def forget(plan: Plan) -> list[dict[str, Any]]:
    """Events that empty every slot of the form."""
    return [SlotSet(slot, None) for slot in plan.forgotten]
