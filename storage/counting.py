"""Counters of changes: a process that knows the number of the newest change needs to read nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import counters

if TYPE_CHECKING:
    from storage.transaction import Tx


def count(tx: Tx, name: str) -> int:
    """How many changes there were."""
    return int(tx.execute(select(counters.c.value).where(counters.c.name == name)).scalar() or 0)


def step(tx: Tx, name: str) -> None:
    """Count one change; other changes wait until this transaction ends."""
    dialect = postgresql if tx.row_locks else sqlite
    statement = dialect.insert(counters).values(name=name, value=1)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=[counters.c.name], set_={"value": counters.c.value + 1}
        )
    )
