"""Who was given which order, why, and why they have it no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from storage.orders import Order
from storage.schema import dispatches, orders
from storage.statements import Prepared, values_of
from storage.timers import Timer

if TYPE_CHECKING:
    from storage.transaction import Tx

DISPATCH = "dispatch"
"""The timers' job that gives an order to somebody."""
RULES = "rules"


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One decision: whose the order became (None: the supervisors' queue), by the rules or by whom.

    `outcome` says why they have it no more: declined, silent, away or named (somebody else was).
    """

    order_id: int
    round: int
    at: datetime
    staff_id: int | None
    decided_by: str = RULES
    decision: dict[str, Any] | None = None
    outcome: str | None = None
    reason: str | None = None
    ended_at: datetime | None = None
    id: int = 0


_PARTS = [part.name for part in fields(Dispatch)]
_COLUMNS = [dispatches.c[name] for name in _PARTS]
_OF_ORDER = Prepared(
    select(*_COLUMNS).where(dispatches.c.order_id == bindparam("order")).order_by(dispatches.c.id)
)
_ADD = Prepared(insert(dispatches), [name for name in _PARTS if name != "id"])
_END = Prepared(
    update(dispatches)
    .where(dispatches.c.order_id == bindparam("order"), dispatches.c.ended_at.is_(None))
    .values(outcome=bindparam("why"), reason=bindparam("words"), ended_at=bindparam("at"))
)


class Dispatches:
    """The dispatches' repository; the order must be locked by whoever writes."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(self, dispatch: Dispatch) -> None:
        """Keep a decision."""
        self._tx.change(_ADD, values_of(dispatch))

    def end(self, order_id: int, outcome: str, reason: str, now: datetime) -> None:
        """Whoever has the order has it no more."""
        values = {"order": order_id, "why": outcome, "words": reason or None, "at": now}
        self._tx.change(_END, values)

    def of_order(self, order_id: int) -> list[Dispatch]:
        """The order's decisions, oldest first."""
        return [Dispatch(*row) for row in self._tx.rows(_OF_ORDER, {"order": order_id})]

    def waiting(self, statuses: Iterable[str]) -> list[Order]:
        """Open orders in those states that somebody was promised an answer to, the oldest first."""
        return self._orders(orders.c.status.in_(list(statuses)), orders.c.promised_at.is_not(None))

    def in_hands_of(self, member_id: int) -> list[Order]:
        """Open orders that they have, the oldest first."""
        return self._orders(orders.c.assignee_id == member_id)

    def call(self, order: Order, cause: str, now: datetime) -> None:
        """Have the clock give the order to somebody, once for each of its versions and causes."""
        key = f"{DISPATCH}:{order.id}:{order.version}:{cause}"
        self._tx.timers.set(Timer(key, DISPATCH, now, order.id, payload={"cause": cause}), now)

    def _orders(self, *conditions: Any) -> list[Order]:
        columns = [orders.c[part.name] for part in fields(Order)]
        found = select(*columns).where(orders.c.closed_at.is_(None), *conditions).order_by(orders.c.id)
        return [Order(*tuple(row)) for row in self._tx.execute(found)]
