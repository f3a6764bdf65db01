"""Timers: what is to be done at a moment, one row each; a row is deleted in the transaction that does it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select

from storage.schema import timers
from storage.statements import Prepared, PreparedRows, PreparedUpdate, among, values_of

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Timer:
    """What a job is to do at `due_at`; of two with the same key only the first is set."""

    key: str
    job: str
    due_at: datetime
    order_id: int | None = None
    conversation_id: int | None = None
    customer_id: int | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    id: int = 0


_PARTS = [part.name for part in fields(Timer)]
_COLUMNS = [timers.c[name] for name in _PARTS]
_SET_COLUMNS = [*(name for name in _PARTS if name != "id"), "created_at"]
_SET = Prepared(
    lambda dialect: dialect.insert(timers).on_conflict_do_nothing(index_elements=["key"]), _SET_COLUMNS
)
_SET_ALL = PreparedRows(
    lambda dialect: dialect.insert(timers).on_conflict_do_nothing(index_elements=["key"]), _SET_COLUMNS
)
_FIRST_DUE = (
    select(*_COLUMNS)
    .where(timers.c.due_at <= bindparam("now"))
    .order_by(timers.c.due_at, timers.c.id)
    .limit(bindparam("most"))
)
DUE, _DUE_LOCKED = Prepared(_FIRST_DUE), Prepared(_FIRST_DUE.with_for_update(skip_locked=True))
_DONE = Prepared(lambda dialect: delete(timers).where(among(dialect, timers.c.id, "ids")))
_LATER = PreparedUpdate(timers, ("due_at", "payload"))
_OF = (timers.c.order_id == bindparam("order"), timers.c.job == bindparam("name"))
_COUNT_OF = Prepared(select(func.count()).where(*_OF))
_TAKE_OF = Prepared(select(*_COLUMNS).where(*_OF).order_by(timers.c.id).with_for_update(skip_locked=True))


class Timers:
    """The timers' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def set(self, timer: Timer, now: datetime) -> bool:
        """Set it; False, and nothing changed, where one of that key is set already."""
        return self._tx.change(_SET, {**values_of(timer), "created_at": now}) == 1

    def set_all(self, many: Iterable[Timer], now: datetime) -> None:
        """Set each whose key is not set already."""
        values = [{**{name: getattr(one, name) for name in _PARTS}, "created_at": now} for one in many]
        if values:
            self._tx.insert(_SET_ALL, values)

    def due(self, now: datetime, limit: int) -> list[Timer]:
        """The first timers that are due; on PostgreSQL locked, leaving out those others work on."""
        statement = _DUE_LOCKED if self._tx.row_locks else DUE
        return [Timer(*row) for row in self._tx.rows(statement, {"now": now, "most": limit})]

    def done(self, *done: Timer) -> None:
        """Their work is done in this transaction."""
        if done:
            self._tx.change(_DONE, {"ids": [timer.id for timer in done]})

    def later(self, timer: Timer, due_at: datetime, **payload: Any) -> None:
        """It is due again then; `payload` is added to what the job needs."""
        self.later_each([(timer, due_at, payload)])

    def later_each(self, many: Iterable[tuple[Timer, datetime, Mapping[str, Any]]]) -> None:
        """Each of them is due again at a moment of its own, as `later` has it."""
        values = [
            {"id": timer.id, "due_at": due_at, "payload": {**timer.payload, **payload}}
            for timer, due_at, payload in many
        ]
        if values:
            self._tx.update(_LATER, values)

    def take_of(self, order_id: int, job: str) -> list[Timer] | None:
        """The job's timers of the order, due or not, first set first; None while others work on one."""
        values = {"order": order_id, "name": job}
        taken = [Timer(*row) for row in self._tx.rows(_TAKE_OF, values)]
        if self._tx.row_locks and len(taken) != self._tx.value(_COUNT_OF, values):
            return None
        return taken

    def of_order(self, order_id: int) -> list[Timer]:
        """The order's timers, the next one first."""
        return self._list(timers.c.order_id == order_id, limit=100)

    def coming(self, limit: int, job: str | None = None) -> list[Timer]:
        """The next timers, of one job or of all, due or not."""
        return self._list(*([timers.c.job == job] if job else []), limit=limit)

    def find(self, key: str) -> Timer | None:
        """The timer of that key, or None."""
        return next(iter(self._list(timers.c.key == key, limit=1)), None)

    def _list(self, *conditions: Any, limit: int) -> list[Timer]:
        statement = select(*_COLUMNS).where(*conditions).order_by(timers.c.due_at, timers.c.id).limit(limit)
        return [Timer(**row._mapping) for row in self._tx.execute(statement)]
