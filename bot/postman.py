"""The postman: carries outbox rows to the channels, in order per conversation, recording each attempt first.

One process serves an account at a time (a lease). An attempt that nobody recorded the end of, because
the process died in between, is shown as `unknown` and not repeated, unless the channel is idempotent.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import structlog

from bot import metrics
from bot.channels.protocol import (
    Channel,
    OutcomeUnknown,
    Refused,
    TryLater,
    Unreachable,
    WindowClosed,
)
from bot.pacing import Pace
from bot.turns import delivery
from storage import Store, StoreProblem, Tx
from storage.outbox import OutboxRow, Settled

log = structlog.get_logger()

POLL_SECONDS = 1.0  # how soon messages written by another process are noticed
STOP_SECONDS = 15.0  # how long sends under way may take when stopping


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long apart a message is tried."""

    attempts: int = 8
    backoff: float = 2.0
    backoff_limit: float = 300.0
    lease: float = 30.0
    parallel: int = 32

    def wait(self, attempt: int, rng: Random) -> float:
        """Seconds before the next try: doubling, spread by ±20 %, bounded."""
        return min(self.backoff * 2 ** (attempt - 1), self.backoff_limit) * rng.uniform(0.8, 1.2)


@dataclass(slots=True)
class Round:
    """What one account's loop knows between two looks at the outbox."""

    channel: Channel
    pace: Pace
    settled: list[Settled] = field(default_factory=list)
    unreachable: dict[int, str] = field(default_factory=dict)
    in_flight: set[int] = field(default_factory=set)
    leased_until: datetime | None = None
    paused_until: datetime | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class Postman:
    """Delivers messages for every channel given to `start`."""

    def __init__(
        self,
        store: Store,
        patience: Patience,
        clock: Callable[[], datetime],
        rng: Random,
        holder: str | None = None,
    ) -> None:
        self.holder = holder or f"{socket.gethostname()[:32]}:{os.getpid()}:{rng.getrandbits(24):x}"
        self._store = store
        self._patience = patience
        self._clock = clock
        self._rng = rng
        self._rounds: dict[tuple[str, str], Round] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._sends: set[asyncio.Task[None]] = set()
        self._extra: list[Settled] = []
        self._stopping = False

    def start(self, channels: Iterable[Channel]) -> None:
        """Begin serving these channels' accounts."""
        for channel in channels:
            serving = Round(channel, Pace(channel.pacing))
            self._rounds[channel.name, channel.account] = serving
            self._tasks.append(asyncio.create_task(self._serve(serving)))
        self._tasks.append(asyncio.create_task(self._settle_extra()))

    async def stop(self) -> None:
        """Begin nothing new, let sends under way finish, record them, give the accounts back."""
        self._stopping = True
        for serving in self._rounds.values():
            serving.wake.set()
        if self._sends:
            await asyncio.wait(self._sends, timeout=STOP_SECONDS)
        for serving in self._rounds.values():
            serving.wake.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)

    def wake(self, channel: str, account: str) -> None:
        """There may be something to deliver for this account."""
        if serving := self._rounds.get((channel, account)):
            serving.wake.set()

    def settle_later(self, results: list[Settled]) -> None:
        """Record what became of replies that a channel handed over itself."""
        self._extra.extend(results)

    async def _settle_extra(self) -> None:
        while not (self._stopping and not self._extra):
            results, self._extra = self._extra, []
            if results:
                try:
                    await self._store.transact(lambda tx, r=results: tx.outbox.settle(r))  # type: ignore[misc]
                except StoreProblem:
                    self._extra = results + self._extra
                    if self._stopping:
                        return
            await asyncio.sleep(0.02)

    async def _serve(self, serving: Round) -> None:
        while True:
            serving.wake.clear()
            try:
                wait = await self._round(serving)
            except StoreProblem as problem:
                log.warning("postman.waits", channel=serving.channel.name, reason=str(problem))
                wait = POLL_SECONDS
            except Exception:
                log.exception("postman.failed", channel=serving.channel.name)
                wait = POLL_SECONDS
            if self._stopping and not serving.in_flight and not serving.settled:
                await self._drop(serving)
                return
            if wait > 0:
                try:
                    await asyncio.wait_for(serving.wake.wait(), wait)
                except TimeoutError:
                    pass

    async def _round(self, serving: Round) -> float:
        """Record results and claim what is next; returns seconds until there may be more to do."""
        now = self._clock()
        results, serving.settled = serving.settled, []
        unreachable, serving.unreachable = serving.unreachable, {}
        try:
            rows, wait = await self._store.transact(
                lambda tx: self._look(tx, serving, results, unreachable, now)
            )
        except BaseException:
            serving.settled = results + serving.settled
            serving.unreachable = {**unreachable, **serving.unreachable}
            raise
        for row in rows:
            serving.in_flight.add(row.conversation_id)
            task = asyncio.create_task(self._send(serving, row))
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)
        return 0.0 if serving.settled else wait

    def _look(
        self,
        tx: Tx,
        serving: Round,
        results: list[Settled],
        unreachable: dict[int, str],
        now: datetime,
    ) -> tuple[list[OutboxRow], float]:
        channel, account = serving.channel.name, serving.channel.account
        tx.outbox.settle(results)
        for conversation_id, reason in unreachable.items():
            _mark_unreachable(tx, conversation_id, reason, now)
        if self._stopping or not self._leased(tx, serving, now):
            return [], POLL_SECONDS
        if serving.paused_until and now < serving.paused_until:
            return [], (serving.paused_until - now).total_seconds()
        room = self._patience.parallel - len(serving.in_flight)
        heads = tx.outbox.heads(channel, account, now, max(room, 1) * 2) if room > 0 else []
        heads = [row for row in heads if row.conversation_id not in serving.in_flight][:room]
        chosen, wait = serving.pace.choose(heads, now)
        if chosen:
            claimed = tx.outbox.claim([row.id for row in chosen], self.holder, now)
            return [row for row in chosen if row.id in claimed], min(wait, POLL_SECONDS)
        due = tx.outbox.next_due(channel, account, now)
        if due is not None:
            wait = min(wait, (due - now).total_seconds())
        return [], min(wait, POLL_SECONDS)

    def _leased(self, tx: Tx, serving: Round, now: datetime) -> bool:
        """Whether this process may send for the account; cleans up after whoever did before."""
        lease = self._patience.lease
        if serving.leased_until and now < serving.leased_until - timedelta(seconds=lease / 2):
            return True
        name = f"postman:{serving.channel.name}:{serving.channel.account}"
        holder = tx.leases.holder(name)
        if holder not in (None, self.holder) and _dead(holder):
            tx.leases.drop(name, holder)
        if not tx.leases.hold(name, self.holder, now, lease):
            serving.leased_until = None
            return False
        if serving.leased_until is None:
            self._clean_up(tx, serving, now)
        serving.leased_until = now + timedelta(seconds=lease)
        return True

    def _clean_up(self, tx: Tx, serving: Round, now: datetime) -> None:
        channel = serving.channel
        abandoned = [
            row for row in tx.outbox.abandoned(channel.name, channel.account, now) if row.holder != self.holder
        ]
        state = "pending" if channel.idempotent else "unknown"
        tx.outbox.settle(
            Settled(row.id, state, now, row.attempts, reason="the process died while sending")
            for row in abandoned
        )
        for row in abandoned:
            log.warning("delivery.abandoned", channel=channel.name, outbox=row.id, state=state)

    async def _send(self, serving: Round, row: OutboxRow) -> None:
        attempt = row.attempts + 1
        now = self._clock()
        try:
            external_id = await serving.channel.send(delivery(row))
            result = Settled(row.id, "sent", now, attempt, external_id=external_id)
        except TryLater as problem:
            result = self._again(serving, row, problem)
        except Unreachable as problem:
            serving.unreachable[row.conversation_id] = str(problem)
            result = Settled(row.id, "parked", now, attempt, reason=_short(problem))
        except WindowClosed as problem:
            result = Settled(row.id, "parked", now, attempt, reason=_short(problem))
        except Refused as problem:
            result = Settled(row.id, "undeliverable", now, attempt, reason=_short(problem))
        except OutcomeUnknown as problem:
            result = Settled(row.id, "unknown", now, attempt, reason=_short(problem))
        except Exception as problem:
            log.exception("delivery.crashed", channel=row.channel, outbox=row.id)
            result = Settled(row.id, "unknown", now, attempt, reason=type(problem).__name__)
        metrics.DELIVERIES.labels(row.channel, result.state).inc()
        if result.state != "sent":
            log.warning(
                "delivery.failed", channel=row.channel, outbox=row.id, conversation=row.conversation_id,
                state=result.state, reason=result.reason, attempt=attempt,
            )  # fmt: skip
        serving.settled.append(result)
        serving.in_flight.discard(row.conversation_id)
        serving.wake.set()

    def _again(self, serving: Round, row: OutboxRow, problem: TryLater) -> Settled:
        now, attempt = self._clock(), row.attempts + 1
        wait = problem.after if problem.after is not None else self._patience.wait(attempt, self._rng)
        due_at = now + timedelta(seconds=wait)
        if problem.account_wide:
            serving.paused_until = due_at
            return Settled(row.id, "pending", now, row.attempts, due_at, _short(problem))
        if attempt >= self._patience.attempts:
            return Settled(row.id, "undeliverable", now, attempt, reason=_short(problem))
        return Settled(row.id, "pending", now, attempt, due_at, _short(problem))

    async def _drop(self, serving: Round) -> None:
        name = f"postman:{serving.channel.name}:{serving.channel.account}"
        try:
            await self._store.transact(lambda tx: tx.leases.drop(name, self.holder))
        except StoreProblem:
            log.warning("postman.lease_kept", channel=serving.channel.name)


def _mark_unreachable(tx: Tx, conversation_id: int, reason: str, now: datetime) -> None:
    conversation = tx.conversations.get(conversation_id, lock=True)
    conversation.unreachable_since = conversation.unreachable_since or now
    tx.conversations.save(conversation, now)
    tx.outbox.stop(conversation_id, reason[:500], now)


def _short(problem: Exception) -> str:
    return str(problem)[:500]


def _dead(holder: str | None) -> bool:
    """Whether the holder was a process of this machine that is gone."""
    host, _, rest = (holder or "").partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname()[:32] or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
