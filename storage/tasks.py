"""Tasks: what a person has to do, because the desk must not or cannot do it alone."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage.schema import tasks
from storage.statements import Prepared, values_of

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do: `kind` names the occasion, `note` says it in words."""

    kind: str
    note: str
    created_at: datetime
    order_id: int | None = None
    conversation_id: int | None = None
    customer_id: int | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    done_by: str | None = None
    id: int = 0


_PARTS = [part.name for part in fields(Task)]
_COLUMNS = [tasks.c[name] for name in _PARTS]
_ADD = Prepared(insert(tasks).returning(tasks.c.id), [name for name in _PARTS if name != "id"])


class Tasks:
    """The tasks' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(self, task: Task) -> int:
        """Keep it; returns its id."""
        return int(self._tx.value(_ADD, values_of(task)))

    def open(self, limit: int = 50, kind: str | None = None) -> list[Task]:
        """What is still to be done, the most pressing first."""
        pressing = (tasks.c.due_at.nulls_last(), tasks.c.id)  # of itself SQLite has them first
        statement = select(*_COLUMNS).where(tasks.c.done_at.is_(None)).order_by(*pressing).limit(limit)
        if kind is not None:
            statement = statement.where(tasks.c.kind == kind)
        return [Task(**row._mapping) for row in self._tx.execute(statement)]

    def page(self, limit: int, behind: int = 0, open_only: bool = True) -> list[Task]:
        """The next tasks behind that id, in the order in which they came up."""
        statement = select(*_COLUMNS).where(tasks.c.id > behind).order_by(tasks.c.id).limit(limit)
        if open_only:
            statement = statement.where(tasks.c.done_at.is_(None))
        return [Task(**row._mapping) for row in self._tx.execute(statement)]

    def get(self, task_id: int) -> Task | None:
        """The task by its id, or None."""
        return next((one for one in self.page(1, task_id - 1, open_only=False) if one.id == task_id), None)

    def done(self, task_id: int, who: str, now: datetime) -> bool:
        """Note who has done it and when; False where it was done before, or there is none."""
        undone = update(tasks).where(tasks.c.id == task_id, tasks.c.done_at.is_(None))
        return self._tx.execute(undone.values(done_at=now, done_by=who[:64])).rowcount == 1

    def of_order(self, order_id: int) -> list[Task]:
        """The order's tasks, oldest first."""
        statement = select(*_COLUMNS).where(tasks.c.order_id == order_id).order_by(tasks.c.id)
        return [Task(**row._mapping) for row in self._tx.execute(statement)]
