"""What was promised for each order, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from storage.schema import promises
from storage.statements import Prepared, among, values_of

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One promise of an order in one of its rounds; `state` is live, kept, broken or dropped.

    `policy` says by which row of the table, on which clock, and in place of which broken one.
    """

    order_id: int
    what: str
    round: int
    started_at: datetime
    due_at: datetime
    warn_at: datetime | None
    policy: dict[str, Any]
    state: str = "live"
    paused_at: datetime | None = None
    settled_at: datetime | None = None
    id: int = 0


_PARTS = [part.name for part in fields(PromiseRow)]
_COLUMNS = [promises.c[name] for name in _PARTS]
_CHANGED = ("started_at", "due_at", "warn_at", "policy", "state", "paused_at", "settled_at")
_GIVE = Prepared(
    lambda dialect: (
        dialect.insert(promises)
        .on_conflict_do_nothing(index_elements=["order_id", "what", "round"])
        .returning(promises.c.id)
    ),
    [name for name in _PARTS if name != "id"],
)
_GET = Prepared(select(*_COLUMNS).where(promises.c.id == bindparam("promise")))
_AMONG = Prepared(lambda dialect: select(*_COLUMNS).where(among(dialect, promises.c.id, "ids")))
_OF_ORDER = Prepared(
    select(*_COLUMNS).where(promises.c.order_id == bindparam("order")).order_by(promises.c.id)
)
_CHANGE = Prepared(
    update(promises)
    .where(promises.c.id == bindparam("promise"))
    .values({name: bindparam(name) for name in _CHANGED})
)


class PromiseRows:
    """The promises' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def give(self, row: PromiseRow) -> int | None:
        """Keep it and return its id; None where the order has that promise in that round already."""
        found = self._tx.value(_GIVE, values_of(row))
        return None if found is None else int(found)

    def get(self, promise_id: int) -> PromiseRow | None:
        """The promise, or None."""
        row = self._tx.row(_GET, {"promise": promise_id})
        return PromiseRow(*row) if row else None

    def among(self, promise_ids: Iterable[int]) -> dict[int, PromiseRow]:
        """Those promises by their ids."""
        rows = (PromiseRow(*row) for row in self._tx.rows(_AMONG, {"ids": list(promise_ids)}))
        return {row.id: row for row in rows}

    def of_order(self, order_id: int) -> list[PromiseRow]:
        """Every promise of the order, oldest first."""
        return [PromiseRow(*row) for row in self._tx.rows(_OF_ORDER, {"order": order_id})]

    def change(self, row: PromiseRow) -> None:
        """Write what changed of it."""
        values = {name: getattr(row, name) for name in _CHANGED}
        self._tx.change(_CHANGE, {"promise": row.id, **values})
