"""Delays: what arrives while the database is away is kept on disk and taken later; its senders are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog

from bot import metrics
from bot.messages import Address, Delivery, Inbound, Reply, Taken
from bot.spool import Spool
from storage import StoreProblem, StoreUnavailable

log = structlog.get_logger()

RETRY_SECONDS = 2.0
TRIES = 3  # before a message that no turn can take is set aside


class Tell(Protocol):
    """Sends a word to a customer outside the outbox; failures are ignored."""

    def __call__(self, delivery: Delivery) -> None: ...


class Delays:
    """Keeps messages in arrival order and brings them to the desk once the database is back."""

    def __init__(self, spool: Spool, words: Mapping[str, str], tell: Tell) -> None:
        self._spool = spool
        self._words = words
        self._tell = tell
        self._told: set[Address] = set()
        self._task: asyncio.Task[None] | None = None
        metrics.SPOOLED.set(spool.waiting)

    @property
    def waiting(self) -> int:
        """How many messages wait on disk; while there are any, new ones queue behind them."""
        return self._spool.waiting

    def keep(self, inbound: Inbound) -> Taken:
        """Put the message on disk; raises StoreUnavailable when the disk refuses it too."""
        try:
            self._spool.keep(inbound)
        except OSError as problem:
            raise StoreUnavailable(f"neither the database nor the disk: {problem.strerror}") from None
        metrics.SPOOLED.set(self._spool.waiting)
        log.warning("message.delayed", channel=inbound.address.channel, waiting=self._spool.waiting)
        if inbound.address in self._told:
            return Taken(0, duplicate=False, delayed=True)
        self._told.add(inbound.address)
        text = self._words.get(inbound.language or "zh", self._words["zh"])
        word = Delivery(0, f"delay-{inbound.external_id}", inbound.address, 0, Reply(text))
        if not inbound.hold:
            self._tell(word)
        return Taken(0, duplicate=False, deliveries=(word,), delayed=True)

    def start(self, retake: Callable[[Inbound], Awaitable[Taken]]) -> None:
        """Begin taking what waits, now and after every outage."""
        self._task = asyncio.create_task(self._replay(retake))

    async def stop(self) -> None:
        """Stop; what waits stays on disk for the next start."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _replay(self, retake: Callable[[Inbound], Awaitable[Taken]]) -> None:
        failures = 0
        while True:
            try:
                while (inbound := self._spool.first()) is not None:
                    await retake(inbound)
                    self._spool.take()
                    failures = 0
                    metrics.SPOOLED.set(self._spool.waiting)
            except StoreProblem:
                pass
            except Exception as problem:
                log.exception("message.delayed_failed", problem=type(problem).__name__)
                failures += 1
                if failures == TRIES:
                    self._set_aside()
                    failures = 0
            if not self._spool.waiting:
                self._told.clear()
            await asyncio.sleep(RETRY_SECONDS)

    def _set_aside(self) -> None:
        """One message that no turn can take must not hold up everybody behind it."""
        try:
            beside = self._spool.set_aside()
        except OSError as problem:
            log.error("message.not_set_aside", problem=problem.strerror)
            return
        log.error("message.set_aside", file=beside.name)
        metrics.SPOOLED.set(self._spool.waiting)
