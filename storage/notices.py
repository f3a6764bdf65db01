"""What the desk wanted to say of its own accord, what became of that, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from storage.schema import notices
from storage.statements import Prepared

if TYPE_CHECKING:
    from storage.transaction import Tx

POSTPONED = "postponed"
SAID = ("sent", "other_channel")


@dataclass(frozen=True, slots=True)
class Notice:
    """One occasion to write to a customer; `decision` is sent, other_channel, postponed, task or dropped."""

    key: str
    kind: str
    customer_id: int
    decided_at: datetime
    decision: str
    reasons: list[dict[str, Any]]
    order_id: int | None = None
    conversation_id: int | None = None
    message_id: int | None = None


_PARTS = [part.name for part in fields(Notice)]
_COLUMNS = [notices.c[name] for name in _PARTS]
_SETTLED = ("decided_at", "decision", "reasons", "conversation_id", "message_id")
_DECIDE = Prepared(
    lambda dialect: (insert := dialect.insert(notices)).on_conflict_do_update(
        index_elements=["key"],
        set_={name: insert.excluded[name] for name in _SETTLED},
        where=notices.c.decision == POSTPONED,
    ),
    _PARTS,
)
_FIND = Prepared(select(*_COLUMNS).where(notices.c.key == bindparam("wanted")))
_OF_ORDER = Prepared(select(*_COLUMNS).where(notices.c.order_id == bindparam("order")).order_by(notices.c.id))


class Notices:
    """The notices' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def settled(self, key: str) -> bool:
        """Whether it was decided for good: everything but a postponement is."""
        row = self._tx.row(_FIND, {"wanted": key})
        return row is not None and Notice(*row).decision != POSTPONED

    def decide(self, notice: Notice) -> bool:
        """Keep the decision; False, and nothing changed, where an earlier one is for good."""
        return self._tx.change(_DECIDE, asdict(notice)) == 1

    def find(self, key: str) -> Notice | None:
        """The notice of that key, or None."""
        row = self._tx.row(_FIND, {"wanted": key})
        return Notice(*row) if row else None

    def of_order(self, order_id: int) -> list[Notice]:
        """What was or was not said about the order, oldest first."""
        return [Notice(*row) for row in self._tx.rows(_OF_ORDER, {"order": order_id})]

    def last_said(self, order_id: int) -> datetime | None:
        """When something was last said about the order of our own accord, or None."""
        row = self._tx.execute(
            select(notices.c.decided_at)
            .where(notices.c.order_id == order_id, notices.c.decision.in_(SAID))
            .order_by(notices.c.decided_at.desc())
            .limit(1)
        ).one_or_none()
        return row[0] if row else None
