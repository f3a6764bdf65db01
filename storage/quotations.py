"""Quotations 报价 of orders: every version that was asked about, and what the customer decided."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from storage.schema import quotations
from storage.statements import Prepared

if TYPE_CHECKING:
    from storage.transaction import Tx

ASKED, APPROVED, DECLINED, REPLACED = "asked", "approved", "declined", "replaced"


@dataclass(frozen=True, slots=True)
class QuotationRow:
    """One version of an order's quotation; `total` in the currency's smallest unit."""

    id: int
    order_id: int
    version: int
    plan: dict[str, Any]
    lines: list[dict[str, Any]]
    total: int
    currency: str
    state: str
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str | None


_COLUMNS = [quotations.c[part.name] for part in fields(QuotationRow)]
_LATEST = Prepared(
    select(*_COLUMNS)
    .where(quotations.c.order_id == bindparam("order"))
    .order_by(quotations.c.version.desc())
    .limit(1)
)
_REPLACE = Prepared(
    update(quotations)
    .where(quotations.c.order_id == bindparam("order"), quotations.c.state == ASKED)
    .values(state=REPLACED)
)
_HIGHEST = Prepared(
    select(func.coalesce(func.max(quotations.c.version), 0)).where(
        quotations.c.order_id == bindparam("order")
    )
)
_ASK = Prepared(insert(quotations), [part.name for part in fields(QuotationRow) if part.name != "id"])
_DECIDE = Prepared(
    update(quotations)
    .where(quotations.c.id == bindparam("wanted"), quotations.c.state == ASKED)
    .values(state=bindparam("decision"), decided_at=bindparam("at"), decided_by=bindparam("who"))
)


class Quotations:
    """The quotations' repository; the order must be locked by whoever writes."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def ask(
        self,
        order_id: int,
        plan: dict[str, Any],
        lines: list[dict[str, Any]],
        total: int,
        currency: str,
        now: datetime,
    ) -> int:
        """Keep a new version that the customer is asked about, in the place of an open one; its number."""
        self._tx.change(_REPLACE, {"order": order_id})
        version = int(self._tx.value(_HIGHEST, {"order": order_id})) + 1
        self._tx.change(
            _ASK,
            {
                "order_id": order_id,
                "version": version,
                "plan": plan,
                "lines": lines,
                "total": total,
                "currency": currency,
                "state": ASKED,
                "asked_at": now,
                "decided_at": None,
                "decided_by": None,
            },
        )
        return version

    def latest(self, order_id: int) -> QuotationRow | None:
        """The newest version, whatever became of it, or None."""
        row = self._tx.row(_LATEST, {"order": order_id})
        return QuotationRow(*row) if row else None

    def decide(self, quotation: QuotationRow, decision: str, who: str, now: datetime) -> bool:
        """Record what the customer decided; False where it was decided or replaced before."""
        values = {"wanted": quotation.id, "decision": decision, "at": now, "who": who[:64]}
        return self._tx.change(_DECIDE, values) == 1
