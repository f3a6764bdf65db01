"""The service log of orders: what was done when, where and by whom, and what was put in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from storage.schema import service_log
from storage.statements import Prepared, values_of

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One piece of work; `parts` are {"model", "quantity"}, `filed_at` is when it was written down."""

    order_id: int
    staff_id: int | None
    at: datetime
    place: str | None
    done: str
    parts: list[dict[str, Any]]
    old_parts: str | None
    solution: str | None
    customer_words: str | None
    filed_at: datetime
    id: int = 0


_PARTS = [part.name for part in fields(LogEntry)]
_COLUMNS = [service_log.c[name] for name in _PARTS]
_ADD = Prepared(insert(service_log).returning(service_log.c.id), [n for n in _PARTS if n != "id"])
_OF_ORDER = Prepared(
    select(*_COLUMNS)
    .where(service_log.c.order_id == bindparam("order"))
    .order_by(service_log.c.at, service_log.c.id)
)


class ServiceLog:
    """The service log's repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def add(self, entry: LogEntry) -> int:
        """Keep an entry; returns its id."""
        return int(self._tx.value(_ADD, values_of(entry)))

    def of_order(self, order_id: int) -> list[LogEntry]:
        """The order's entries in the order of the work."""
        return [LogEntry(*row) for row in self._tx.rows(_OF_ORDER, {"order": order_id})]
