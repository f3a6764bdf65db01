"""What changed for the console's live pages: a log that pages read on from where they were."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from storage.schema import live_events

if TYPE_CHECKING:
    from storage.transaction import Tx

OVERLAP = timedelta(seconds=10)
"""On PostgreSQL a number may become visible after a higher one, but not so late."""
KEPT = timedelta(hours=1)


class Live:
    """The log's repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def note(self, conversation_ids: Iterable[int | None], now: datetime) -> None:
        """Those conversations look different now; None: who is at their desks does."""
        values = [{"conversation_id": one, "at": now} for one in dict.fromkeys(conversation_ids)]
        if values:
            self._tx.execute(insert(live_events), values)

    def newest(self) -> int:
        """The number of the last entry."""
        return int(self._tx.execute(select(func.max(live_events.c.id))).scalar_one() or 0)

    def recent(self, now: datetime, after: int, limit: int = 1000) -> list[tuple[int, int | None]]:
        """The first entries behind that one, and young ones before it, which may only just have come."""
        found = select(live_events.c.id, live_events.c.conversation_id)
        behind = found.where(live_events.c.id > after).order_by(live_events.c.id).limit(limit)
        young = found.where(live_events.c.id <= after, live_events.c.at > now - OVERLAP)
        rows = (tuple(row) for part in (young, behind) for row in self._tx.execute(part))
        return sorted((int(number), one) for number, one in rows)

    def trim(self, now: datetime) -> int:
        """Forget what no page can be behind; how many entries."""
        return self._tx.execute(delete(live_events).where(live_events.c.at < now - KEPT)).rowcount
