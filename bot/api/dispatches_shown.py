"""Decisions of dispatch as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from handlers.dispatch.wording import history
from storage import Tx
from storage.orders import Order


class DispatchOut(BaseModel):
    """One decision."""

    at: datetime
    assignee: Annotated[str | None, Field(description="The code of who got it; null: the supervisors.")]
    decided_by: Annotated[str, Field(description="`rules`, or who named them.", examples=["rules"])]
    outcome: Annotated[
        str | None,
        Field(description="Why they have it no more: declined, silent, away, named, reopened."),
    ]
    reason: str | None
    ended_at: datetime | None
    explanation: dict[str, str]


class Dispatches(BaseModel):
    """Everybody an order was given to, oldest first."""

    items: list[DispatchOut]


def dispatches_of(tx: Tx, order: Order) -> Dispatches:
    """Who was given the order, and why, in words."""
    codes = {one.id: one.code for one in tx.staff.all()}
    return Dispatches(
        items=[
            DispatchOut(
                at=one.at,
                assignee=codes.get(one.staff_id or 0),
                decided_by=one.decided_by,
                outcome=one.outcome,
                reason=one.reason,
                ended_at=one.ended_at,
                explanation={tongue: history([one], codes, order.number, tongue) for tongue in ("zh", "en")},
            )
            for one in tx.dispatches.of_order(order.id)
        ]
    )
