"""How far an account's log was read, and which process reads on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.holders import gone
from storage import Store, Tx

LEASE_SECONDS = 30.0


class Place:
    """One account's place in WeCom's log, durable and shared; one process at a time reads from it."""

    def __init__(
        self, store: Store, channel: str, account: str, holder: str, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._channel = channel
        self._account = account
        self._holder = holder
        self._clock = clock
        self._lease = f"pull:{channel}:{account}"

    async def enter(self) -> str | None:
        """The cursor to read from, "" at first; None while another process reads."""
        return await self._store.transact(self._enter)

    async def advance(self, cursor: str, more: bool) -> bool:
        """All before `cursor` is durable; False where another process has taken over meanwhile.

        Unless there is `more`, the place is left.
        """
        return await self._store.transact(lambda tx: self._advance(tx, cursor, more))

    async def leave(self) -> None:
        """Let others read on from where this process got to."""
        await self._store.transact(lambda tx: tx.leases.drop(self._lease, self._holder))

    def _enter(self, tx: Tx) -> str | None:
        holder = tx.leases.holder(self._lease)
        if holder not in (None, self._holder) and gone(holder):
            tx.leases.drop(self._lease, str(holder))
        if not tx.leases.hold(self._lease, self._holder, self._clock(), LEASE_SECONDS):
            return None
        return tx.cursors.get(self._channel, self._account) or ""

    def _advance(self, tx: Tx, cursor: str, more: bool) -> bool:
        now = self._clock()
        if not tx.leases.hold(self._lease, self._holder, now, LEASE_SECONDS):
            return False
        if cursor != tx.cursors.get(self._channel, self._account):
            tx.cursors.move(self._channel, self._account, cursor, now)
        if not more:
            tx.leases.drop(self._lease, self._holder)
        return True
