"""When each token was last used, noted once an hour at most: enough to see which one nobody needs."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from storage import Store, StoreProblem

log = structlog.get_logger()

EVERY = timedelta(hours=1)


class Uses:
    """Notes uses in the store, without ever holding up or failing a request for it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: dict[str, datetime] = {}

    async def note(self, name: str, now: datetime) -> None:
        """The token of that name was used."""
        before = self._noted.get(name)
        if before is not None and abs(now - before) < EVERY:
            return
        self._noted[name] = now
        try:
            await self._store.transact(lambda tx: tx.tokens.used(name, now))
        except StoreProblem as problem:
            log.warning("api.use_not_noted", client=name, reason=str(problem))
