"""What happens by the clock. Each job looks at due rows; the scheduler only ticks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler import (
    again,
    callbacks,
    dispatching,
    drafts,
    linking,
    news,
    progress,
    promises,
    queue,
    records,
    reporting,
    retention,
    return_visits,
    snoozing,
    standing,
    surveys,
    timers,
    visits,
    waiting,
    webhooks,
)
from scheduler.rules import Rules
from storage import Store, StoreProblem, Tx
from storage.conversations import Conversation

log = structlog.get_logger()

WATCHING = (
    promises, dispatching, news, progress, visits, waiting, surveys, return_visits, again, retention,
    reporting, webhooks, linking, callbacks,
)  # fmt: skip
"""What works on timers, each with timers of its own; of those due at once, in this order."""


class Voice(Protocol):
    """How a job speaks: within its transaction, in the customer's language."""

    def language(self, conversation: Conversation) -> str:
        """The language the customer is spoken to in."""
        ...

    def say(self, tx: Tx, conversation: Conversation, response: str, now: datetime, **values: Any) -> None:
        """Write the named response to the customer and its outbox row; `values` fill its names."""
        ...

    def say_all(
        self,
        tx: Tx,
        said: Iterable[tuple[Conversation, str, dict[str, Any]]],
        now: datetime,
        cards: Mapping[int, Mapping[str, Any]],
    ) -> list[int]:
        """The same to many; returns the messages' ids. `cards`: template messages, by their places."""
        ...

    def repeat(self, tx: Tx, conversation: Conversation, body: Mapping[str, Any], now: datetime) -> int:
        """Say in this conversation what was said in another; returns the message's id."""
        ...

    def keep(self, conversation: Conversation, slots: Mapping[str, Any]) -> None:
        """Remember in the conversation what was asked there."""
        ...

    def abandon(self, conversation: Conversation) -> None:
        """Forget the form the conversation is in."""
        ...

    def sent(self) -> None:
        """Something was written and committed: wake who delivers it."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One sweep: every `seconds` it works through what is due, a batch a transaction.

    `sweep(tx, now, voice)` returns how many rows it worked on; it is run again until that is 0.
    """

    name: str
    seconds: float
    sweep: Callable[[Tx, datetime, Voice], int]


def jobs(rules: Rules) -> list[Job]:
    """Every job of the desk."""
    works = {name: work for flow in WATCHING for name, work in flow.works(rules).items()}
    return [
        drafts.job(rules),
        timers.job(works),
        standing.job(rules),
        queue.job(rules),
        snoozing.job(),
        *([records.job(rules.data)] if rules.data else []),
    ]


class Clockwork:
    """Runs the jobs of this process; with several processes each row is still worked on once."""

    def __init__(self, store: Store, clock: Callable[[], datetime], voice: Voice, jobs: list[Job]) -> None:
        self._store = store
        self._clock = clock
        self._voice = voice
        self._jobs = jobs
        self._ticker = AsyncIOScheduler(timezone="UTC")

    def start(self) -> None:
        """Begin ticking."""
        for job in self._jobs:
            self._ticker.add_job(
                self.run, "interval", args=[job], seconds=job.seconds, max_instances=1, coalesce=True
            )
        self._ticker.start()

    async def stop(self) -> None:
        """Stop ticking; a sweep under way finishes its batch."""
        if self._ticker.running:
            self._ticker.shutdown(wait=False)
            await asyncio.sleep(0)

    async def run(self, job: Job) -> None:
        """Work through everything that is due now; where there is much, several batches beside each other."""
        if await self._batch(job):
            await asyncio.gather(*(self._drain(job) for _ in range(max(1, self._store.at_once // 2))))

    async def _drain(self, job: Job) -> None:
        while await self._batch(job):
            pass

    async def _batch(self, job: Job) -> int:
        now = self._clock()
        try:
            worked = await self._store.transact(lambda tx: job.sweep(tx, now, self._voice))
        except StoreProblem as problem:
            log.warning("job.waits", job=job.name, reason=str(problem))
            return 0
        except Exception:
            log.exception("job.failed", job=job.name)
            return 0
        if worked:
            self._voice.sent()
            log.info("job.worked", job=job.name, rows=worked)
        return worked
