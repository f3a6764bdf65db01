"""Updates waiting for the bot: kept until it acknowledges them, 24 hours at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.simulators.telegram.errors import Refusal
from bot.simulators.telegram.faults import Faults

KEPT = timedelta(hours=24)
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
ON_REQUEST = ("chat_member", "message_reaction", "message_reaction_count")
"""Kinds of update that a bot gets only when it names them."""


class Inbox:
    """The bot's queue of updates."""

    def __init__(self, clock: Callable[[], datetime], faults: Faults, first: int) -> None:
        self._clock = clock
        self._faults = faults
        self._next = first
        self._waiting: dict[int, tuple[datetime, dict[str, Any]]] = {}
        self._allowed: list[str] = []
        self._again: set[int] = set()
        self._arrived = asyncio.Event()
        self._poll = 0
        self._closed = False
        self.on_arrival: Callable[[], None] = lambda: None

    def put(self, kind: str, content: dict[str, Any]) -> dict[str, Any] | None:
        """Queue an update; None when the bot did not ask for the kind."""
        wanted = kind in self._allowed if self._allowed else kind not in ON_REQUEST
        if not wanted:
            return None
        update: dict[str, Any] = {"update_id": self._next, kind: content}
        self._waiting[self._next] = (self._clock(), update)
        self._next += 1
        self._arrived.set()
        self.on_arrival()
        return update

    def allow(self, kinds: list[str] | None) -> None:
        """Which kinds to queue from now on; an empty list means nearly all, None leaves it as it is."""
        if kinds is not None:
            self._allowed = list(kinds)

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """What the bot has not acknowledged, oldest first."""
        old = self._clock() - KEPT
        for number in [number for number, (at, _) in self._waiting.items() if at < old]:
            del self._waiting[number]
        return [update for _, update in self._waiting.values()]

    def acknowledge(self, number: int) -> None:
        """Forget one update, unless a fault wants it delivered again."""
        if self._faults.repeats():
            self._again.add(number)
        else:
            self._waiting.pop(number, None)
            self._again.discard(number)

    def clear(self) -> None:
        """Forget all of them."""
        self._waiting.clear()

    def close(self) -> None:
        """End a request that is waiting, and all later ones at once."""
        self._closed = True
        self._arrived.set()

    async def get(self, offset: int | None, limit: int, wait: float) -> list[dict[str, Any]]:
        """`getUpdates`: acknowledge what is below `offset`, then wait up to `wait` seconds for more."""
        self._poll += 1
        poll = self._poll
        self._arrived.set()  # ends an older request
        if offset is not None and offset < 0:
            offset = min((u["update_id"] for u in self.waiting[offset:]), default=self._next)
        for number in [number for number in self._waiting if offset is not None and number < offset]:
            self.acknowledge(number)
        deadline = asyncio.get_running_loop().time() + wait
        while not (found := self._from(offset)) and not self._closed:
            self._arrived.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._arrived.wait()
            except TimeoutError:
                return []
            if poll != self._poll:
                raise Refusal(409, CONFLICT)
        return found[:limit]

    def _from(self, offset: int | None) -> list[dict[str, Any]]:
        return [
            update
            for update in self.waiting
            if offset is None or update["update_id"] >= offset or update["update_id"] in self._again
        ]
