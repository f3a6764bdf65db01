"""Leases: which process does a thing that only one may do at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import leases

if TYPE_CHECKING:
    from storage.transaction import Tx


class Leases:
    """The leases' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def hold(self, name: str, holder: str, now: datetime, seconds: float) -> bool:
        """Take or renew the lease for `seconds`; False while somebody else holds it."""
        dialect = postgresql if self._tx.row_locks else sqlite
        values = {"holder": holder, "until": now + timedelta(seconds=seconds)}
        statement = dialect.insert(leases).values(name=name, **values)
        free = (leases.c.holder == holder) | (leases.c.until <= now)
        statement = statement.on_conflict_do_update(index_elements=["name"], set_=values, where=free)
        return self._tx.execute(statement.returning(leases.c.name)).scalar_one_or_none() is not None

    def holder(self, name: str) -> str | None:
        """Who holds or last held the lease, or None."""
        return self._tx.execute(select(leases.c.holder).where(leases.c.name == name)).scalar_one_or_none()

    def drop(self, name: str, holder: str) -> None:
        """Give the lease back."""
        self._tx.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
