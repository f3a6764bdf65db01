"""Leases: which process does a thing that only one may do at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select

from storage.schema import leases
from storage.statements import Prepared

if TYPE_CHECKING:
    from storage.transaction import Tx


def _hold(dialect: Any) -> Any:
    values: dict[str, Any] = {name: bindparam(name) for name in ("holder", "until")}
    free = (leases.c.holder == bindparam("holder")) | (leases.c.until <= bindparam("now"))
    statement = dialect.insert(leases).values(name=bindparam("name"), **values)
    return statement.on_conflict_do_update(index_elements=["name"], set_=values, where=free).returning(
        leases.c.name
    )


_HOLD = Prepared(_hold)
_HOLDER = Prepared(select(leases.c.holder).where(leases.c.name == bindparam("name")))
_DROP = Prepared(
    delete(leases).where(leases.c.name == bindparam("name"), leases.c.holder == bindparam("holder"))
)


class Leases:
    """The leases' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def hold(self, name: str, holder: str, now: datetime, seconds: float) -> bool:
        """Take or renew the lease for `seconds`; False while somebody else holds it."""
        values = {"name": name, "holder": holder, "until": now + timedelta(seconds=seconds), "now": now}
        return self._tx.value(_HOLD, values) is not None

    def holder(self, name: str) -> str | None:
        """Who holds or last held the lease, or None."""
        found: str | None = self._tx.value(_HOLDER, {"name": name})
        return found

    def drop(self, name: str, holder: str) -> None:
        """Give the lease back."""
        self._tx.change(_DROP, {"name": name, "holder": holder})
