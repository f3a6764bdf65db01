"""Complaints 投诉: what belongs to a complaint beside its order, and the register of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from storage.schema import complaints
from storage.statements import Prepared

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint; its words, contact and state are those of its order.

    `signs` say why it is as severe as it is, `demand` what the customer asks for (codes, or their words),
    `about` the number of the order it is about, `plan` and `plan_by` what was committed to.
    """

    order_id: int
    category: str
    severity: str
    regulator: bool = False
    signs: list[str] = field(default_factory=list)
    demand: str | None = None
    about: str | None = None
    cause: str | None = None
    unit: str | None = None
    plan: str | None = None
    plan_by: datetime | None = None
    planned_at: datetime | None = None
    statement_due_at: datetime | None = None
    statement: str | None = None
    statement_at: datetime | None = None
    additions: int = 0


_PARTS = [part.name for part in fields(Complaint)]
_COLUMNS = [complaints.c[name] for name in _PARTS]
_REGISTER = Prepared(
    lambda dialect: dialect.insert(complaints).on_conflict_do_nothing(index_elements=["order_id"]), _PARTS
)
_OF_ORDER = Prepared(select(*_COLUMNS).where(complaints.c.order_id == bindparam("order")))


class Complaints:
    """The complaints' repository; a row is changed under the lock of its order."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def register(self, complaint: Complaint) -> bool:
        """Keep it; False where its order has one already."""
        return self._tx.change(_REGISTER, asdict(complaint)) == 1

    def of_order(self, order_id: int) -> Complaint | None:
        """The complaint of that order, or None."""
        row = self._tx.row(_OF_ORDER, {"order": order_id})
        return Complaint(*row) if row else None

    def change(self, order_id: int, **changes: Any) -> None:
        """Write what became of it."""
        self._tx.execute(update(complaints).where(complaints.c.order_id == order_id).values(changes))
