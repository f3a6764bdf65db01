"""How pressing it is, in the customer's words."""

from __future__ import annotations

from nlu.context import Context
from nlu.entities.wording import mentions
from nlu.understanding import Entity


def find(text: str, context: Context) -> list[Entity]:
    """`urgent` or `not_urgent`; where both seem said ("不急"), the negation holds."""
    found = mentions("urgency", context.catalogue.urgency, text, 0.85)
    calm = [e for e in found if e.value == "not_urgent"]
    return calm or found
