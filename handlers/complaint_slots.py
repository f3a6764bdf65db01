"""The complaint's slots: what is known, what is asked next, which open complaint it goes on with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from handlers.complaints import registering
from handlers.complaints.registering import KIND, Weighed
from handlers.desk import Desk
from handlers.plans import COMPLAINT, PLANS
from handlers.report_slots import given
from storage.orders import Order

PLAN = PLANS[COMPLAINT]
WORDS, ABOUT, DEMAND, PHONE = "complaint_words", "complaint_about", "complaint_demand", "complaint_phone"
CATEGORY, CONFIRMED = "complaint_category", "complaint_confirmed"
USUAL = (ABOUT, DEMAND, PHONE, CATEGORY)
ANGRY = (PHONE, DEMAND)
"""What is asked, the most wanted first; of whoever is angry little."""
PATIENCE = 2
"""So often a question is asked that gets no answer that can be used."""
Slots = Mapping[str, Any]


def weighed(desk: Desk, slots: Slots) -> Weighed:
    """What the words make of the complaint."""
    found = registering.weigh(
        desk.tx, desk.terms.complaints, KIND, fields_of(slots), desk.customer_id, desk.now
    )
    assert found is not None
    return found


def fields_of(slots: Slots) -> dict[str, Any]:
    """What the order keeps of the complaint."""
    named = {
        "description": WORDS, "product": "complaint_product", "phone": PHONE, "category": CATEGORY,
        "demand": DEMAND, "about": ABOUT,
    }  # fmt: skip
    return {name: slots[slot] for name, slot in named.items() if given(slots.get(slot))}


def offered(desk: Desk) -> list[Order]:
    """The customer's latest orders that a complaint may be about, closed ones too."""
    found = (order for order in desk.orders(20) if order.kind != KIND and order.status != "cancelled")
    return list(found)[: desk.terms.complaints.orders_offered]


def about_product(desk: Desk, product: str | None) -> Order | None:
    """The one order that is about such a product, or None."""
    found = [order for order in offered(desk) if product and order.fields.get("product") == product]
    return found[0] if len(found) == 1 else None


def same_matter(desk: Desk, slots: Slots) -> Order | None:
    """The customer's open complaint that these words go on with: nothing says that it is another one."""
    since = desk.now - timedelta(days=desk.terms.complaints.repeated_days)
    return next(
        (
            order
            for order in registering.earlier(desk.tx, desk.customer_id, since)
            if order.open
            and not _differs(order.fields.get("about"), slots.get(ABOUT))
            and not _differs(order.fields.get("product"), slots.get("complaint_product"))
        ),
        None,
    )


def next_question(desk: Desk, slots: Slots) -> str | None:
    """The next thing to ask: never more than the settings allow; None when the complaint can be taken."""
    if slots.get(WORDS) is None:
        return WORDS
    if given(slots.get(WORDS)):
        found = weighed(desk, slots)
        if found.severity == "severe" or same_matter(desk, slots):
            return None
        angry = found.assessment.angry
    else:
        angry = False
    again = next((slot for slot in slots.get("replaced") or {} if slots.get(slot) is None), None)
    if again:
        return again
    limits = desk.terms.complaints
    limit = limits.questions_angry if angry else limits.questions
    asked = [slot for slot in dict.fromkeys(slots.get("asked") or []) if slot != CONFIRMED]
    for slot in ANGRY if angry else USUAL:
        if _open(desk, slots, slot) and (len(asked) < limit or slot in asked):
            return slot
    return CONFIRMED if slots.get(CONFIRMED) is None else None


def _open(desk: Desk, slots: Slots, slot: str) -> bool:
    if slots.get(slot) is not None or (slots.get("attempts") or {}).get(slot, 0) >= PATIENCE:
        return False
    if slot == PHONE:
        return not desk.customer().phone
    return slot != ABOUT or bool(offered(desk))


def _differs(before: Any, now: Any) -> bool:
    return given(before) and given(now) and before != now
