"""Returns in requests: what is given back and why, held against the policy as in the chat (C6)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from bot.api.problems import ApiProblem, wrong
from bot.api.values import Body, line
from handlers import returns
from handlers.desk import Desk
from handlers.vocabulary import listed
from handlers.warranty.returns import explain


class ReturnIn(Body):
    """A wish to give a device back; what is left out is found in the description or asked at the review."""

    wish: Literal["return", "exchange"] | None = None
    reason: Literal["performance_fault", "transport_damage", "wrong_item", "changed_mind"] | None = None
    condition: Literal["unopened", "unused", "used", "damaged"] | None = None
    bought_online: bool | None = None
    reference: Annotated[
        str | None, line(64), Field(description="The number of order or invoice.", examples=["JD-4711-2"])
    ] = None  # fmt: skip
    anyway: Annotated[
        bool,
        Field(description="For review although the policy says no, as in the chat."),
    ] = False


def told(asked: ReturnIn | None, description: str, faulty: bool) -> dict[str, Any]:
    """The wish as the chat's slots keep it; `faulty` where the description names a fault.

    Raises ApiProblem for a reference that is none.
    """
    asked = asked or ReturnIn()
    if asked.reference is not None and not returns.is_reference(asked.reference):
        raise wrong("/return/reference", "is no number of an order or invoice: five letters or digits")
    exchange = any(mark in description.lower() for mark in listed("marks", "exchange"))
    heard = returns.named("return_reason", description) or ("performance_fault" if faulty else "changed_mind")
    online = {True: returns.ONLINE, False: returns.SHOP, None: None}[asked.bought_online]
    return {
        "return_wish": asked.wish or ("exchange" if exchange else "return"),
        "return_reason": asked.reason or heard,
        "condition": asked.condition,
        "bought_online": online,
        "reference": asked.reference,
    }


def ruled(desk: Desk, slots: dict[str, Any], anyway: bool) -> dict[str, Any]:
    """What a return's order keeps; raises ApiProblem where the policy says no, with what is possible."""
    found = returns.ruling(desk, slots)
    if found.verdict == "refused" and not anyway:
        raise ApiProblem(
            "against-policy",
            explain(found, "en"),
            reason=found.reasons[0].name,
            instead=list(found.instead),
        )
    return returns.order_fields(slots, found)
