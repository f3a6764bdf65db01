"""Return visits: whom the desk came back to, whether it could ask, and what it found (F5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, bindparam, cast, exists, func, literal, select, update

from storage.schema import customers, return_visits, timers
from storage.statements import Prepared, among, values_of
from storage.types import Instant

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class ReturnVisit:
    """One visit; `outcome` is what the customer answered first: fine, fault or need."""

    key: str
    customer_id: int
    decided_at: datetime
    order_id: int | None = None
    asked_at: datetime | None = None
    """None where it could not be asked."""
    outcome: str | None = None
    answered_at: datetime | None = None


_PARTS = [part.name for part in fields(ReturnVisit)]
_COLUMNS = [return_visits.c[name] for name in _PARTS]
_KEEP = Prepared(
    lambda dialect: dialect.insert(return_visits).on_conflict_do_nothing(index_elements=["key"]), _PARTS
)
_KEY = return_visits.c.key == bindparam("wanted")
_FIND = Prepared(select(*_COLUMNS).where(_KEY))
_ANSWER = Prepared(
    update(return_visits)
    .where(_KEY, return_visits.c.outcome.is_(None))
    .values(outcome=bindparam("found"), answered_at=bindparam("now"))
)
_MISSED = Prepared(update(return_visits).where(_KEY).values(asked_at=None))
_LAST = Prepared(
    lambda dialect: (
        select(return_visits.c.customer_id, func.max(return_visits.c.decided_at, type_=Instant))
        .where(among(dialect, return_visits.c.customer_id, "customers"))
        .group_by(return_visits.c.customer_id)
    )
)


class ReturnVisits:
    """The visits' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def keep(self, visit: ReturnVisit) -> bool:
        """Keep that it was made, or came to nothing; False where that one is known."""
        return self._tx.change(_KEEP, values_of(visit)) == 1

    def find(self, key: str) -> ReturnVisit | None:
        """The visit of that key, or None."""
        row = self._tx.row(_FIND, {"wanted": key})
        return ReturnVisit(*row) if row else None

    def answer(self, key: str, outcome: str, now: datetime) -> None:
        """Keep what was found; the first answer counts."""
        self._tx.change(_ANSWER, {"wanted": key, "found": outcome, "now": now})

    def missed(self, key: str) -> None:
        """What was asked did not arrive anywhere."""
        self._tx.change(_MISSED, {"wanted": key})

    def last_among(self, customer_ids: Iterable[int]) -> dict[int, datetime]:
        """When each customer was last come back to."""
        return dict(self._tx.rows(_LAST, {"customers": list(customer_ids)}))

    def unplanned(self, levels: Sequence[str], prefix: str, behind: int, limit: int) -> list[int]:
        """The next customers of these levels behind that id without a timer of that key and their id."""
        key = literal(prefix, String) + cast(customers.c.id, String)
        found = select(customers.c.id).where(
            customers.c.id > behind,
            customers.c.level.in_(levels),
            customers.c.erased_at.is_(None),
            customers.c.joined_into.is_(None),
            ~exists().where(timers.c.key == key),
        )
        rows = self._tx.execute(found.order_by(customers.c.id).limit(limit))
        return [row[0] for row in rows]

    def counted(self, since: datetime, until: datetime) -> dict[str, int]:
        """How many came due, were made, were answered in that span, and with which outcome."""

        def many(column: Any) -> int:
            within = and_(column >= since, column < until)
            statement = select(func.count()).select_from(return_visits).where(within)
            return int(self._tx.execute(statement).scalar_one())

        answered = and_(return_visits.c.answered_at >= since, return_visits.c.answered_at < until)
        outcomes = select(return_visits.c.outcome, func.count()).where(answered)
        rows = map(tuple, self._tx.execute(outcomes.group_by(return_visits.c.outcome)))
        found = {str(outcome): int(many_of) for outcome, many_of in rows}
        return {
            "due": many(return_visits.c.decided_at),
            "made": many(return_visits.c.asked_at),
            "answered": sum(found.values()),
            **{name: found.get(name, 0) for name in ("fine", "fault", "need")},
        }
