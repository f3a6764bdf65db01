"""The postman: carries outbox rows to the channels, in order per conversation, recording each attempt first.

One process serves an account at a time (a lease). An attempt that nobody recorded the end of, because
the process died in between, is shown as `unknown` and not repeated, unless the channel is idempotent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
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
from bot.holders import gone, new_holder
from bot.pacing import Pace
from bot.turns import delivery
from handlers.notices.again import undelivered
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
    upload: float = 120.0

    def wait(self, attempt: int, rng: Random) -> float:
        """Seconds before the next try: doubling, spread by ±20 %, bounded."""
        return min(self.backoff * 2 ** (attempt - 1), self.backoff_limit) * rng.uniform(0.8, 1.2)

    def sending(self, row: OutboxRow) -> float:
        """Seconds that one send may last.

        No words outlive the lease: what is not answered by then may be another process's to send. A file
        takes longer to upload; the rounds keep the lease meanwhile, and should they stop, whoever gets it
        finds the file's outcome unknown.
        """
        heavy = row.body.get("file") or row.body.get("image")
        return self.upload if heavy else self.lease / 2


@dataclass(frozen=True, slots=True)
class Stopped:
    """An attempt that the platform would not take before the customer writes again."""

    row: OutboxRow
    result: Settled
    unreachable: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the outbox brought."""

    rows: Sequence[OutboxRow] = ()
    wait: float = POLL_SECONDS
    leased_until: datetime | None = None


@dataclass(slots=True)
class Round:
    """What one account's loop knows between two looks at the outbox."""

    channel: Channel
    pace: Pace
    settled: list[Settled] = field(default_factory=list)
    stopped: list[Stopped] = field(default_factory=list)
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
        self.holder = holder or new_holder(rng)
        self._store = store
        self._patience = patience
        self._clock = clock
        self._rng = rng
        self._rounds: dict[tuple[str, str], Round] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._sends: set[asyncio.Task[None]] = set()
        self._extra: list[Settled] = []
        self._handed: dict[int, Settled] = {}
        self._extra_wake = asyncio.Event()
        self._wake_after = False
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
        self._extra_wake.set()
        self._wake_all()
        if self._sends:
            await asyncio.wait(self._sends, timeout=STOP_SECONDS)
        self._wake_all()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)

    def wake(self, channel: str, account: str) -> None:
        """There may be something to deliver for this account."""
        if serving := self._rounds.get((channel, account)):
            serving.wake.set()

    def _wake_all(self) -> None:
        for serving in self._rounds.values():
            serving.wake.set()

    def settle_later(self, results: list[Settled], wake: bool = False) -> None:
        """Record what became of replies that a channel handed over itself; `wake`: more wait behind them."""
        self._extra.extend(results)
        self._handed.update((one.id, one) for one in results if one.state == "sent")
        self._wake_after = self._wake_after or wake
        self._extra_wake.set()

    def handed(self, row_ids: Iterable[int]) -> list[Settled]:
        """Those of the replies that a channel handed over itself and that are not recorded yet."""
        return [self._handed[row_id] for row_id in row_ids if row_id in self._handed]

    async def _settle_extra(self) -> None:
        while not (self._stopping and not self._extra):
            self._extra_wake.clear()
            results, self._extra = self._extra, []
            wake, self._wake_after = self._wake_after, False
            try:
                if results:
                    await self._store.transact(lambda tx, r=results: tx.outbox.settle(r))  # type: ignore[misc]
                    for one in results:
                        if self._handed.get(one.id) is one:
                            del self._handed[one.id]
                if wake:
                    self._wake_all()
            except StoreProblem:
                self._wake_after = wake or self._wake_after
                self._extra = results + self._extra
                if self._stopping:
                    return
                await asyncio.sleep(POLL_SECONDS)
                continue
            if not self._extra and not self._stopping:
                await self._extra_wake.wait()

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
            if self._stopping and not (serving.in_flight or serving.settled or serving.stopped):
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
        stopped, serving.stopped = serving.stopped, []
        claimed: list[OutboxRow] = []
        try:
            with metrics.step("outbox"):
                look = await self._store.transact(
                    lambda tx: self._look(tx, serving, results, stopped, claimed, now)
                )
        except BaseException:
            # Whether it was committed is not known: record again, and give back what may be claimed.
            given_back = [self._settled(row, "pending", now, attempts=row.attempts) for row in claimed]
            serving.settled = results + given_back + serving.settled
            serving.stopped = stopped + serving.stopped
            serving.leased_until = None
            raise
        serving.leased_until = look.leased_until
        for row in look.rows:
            serving.in_flight.add(row.conversation_id)
            task = asyncio.create_task(self._send(serving, row))
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)
        return 0.0 if serving.settled or serving.stopped else look.wait

    def _look(
        self,
        tx: Tx,
        serving: Round,
        results: list[Settled],
        stopped: list[Stopped],
        claimed: list[OutboxRow],
        now: datetime,
    ) -> Look:
        """One transaction's work; it may be run again, so it changes nothing but `claimed`."""
        claimed.clear()
        tx.outbox.settle(results)
        undelivered(tx, [one.id for one in results if one.state == "undeliverable"], now)
        for one in sorted(stopped, key=lambda one: one.row.conversation_id):
            _park(tx, one, now)
        leased_until = None if self._stopping else self._leased(tx, serving, now)
        if leased_until is None:
            return Look()
        if serving.paused_until and now < serving.paused_until:
            return Look((), (serving.paused_until - now).total_seconds(), leased_until)
        channel, account = serving.channel.name, serving.channel.account
        room = self._patience.parallel - len(serving.in_flight)
        heads = tx.outbox.heads(channel, account, now, max(room, 1) * 2) if room > 0 else []
        heads = [row for row in heads if row.conversation_id not in serving.in_flight][:room]
        chosen, wait = serving.pace.choose(heads, now)
        if chosen:
            taken = tx.outbox.claim([row.id for row in chosen], self.holder, now)
            claimed.extend(replace(row, attempt_at=now) for row in chosen if row.id in taken)
        elif (due := tx.outbox.next_due(channel, account, now)) is not None:
            wait = min(wait, (due - now).total_seconds())
        return Look(tuple(claimed), min(wait, POLL_SECONDS), leased_until)

    def _leased(self, tx: Tx, serving: Round, now: datetime) -> datetime | None:
        """Until when this process may send for the account, None when another does."""
        lease = timedelta(seconds=self._patience.lease)
        if serving.leased_until and now < serving.leased_until - lease / 2:
            return serving.leased_until
        name = f"postman:{serving.channel.name}:{serving.channel.account}"
        holder = tx.leases.holder(name)
        if holder not in (None, self.holder) and gone(holder):
            tx.leases.drop(name, holder)
        if not tx.leases.hold(name, self.holder, now, self._patience.lease):
            return None
        self._clean_up(tx, serving.channel, now)
        return now + lease

    def _clean_up(self, tx: Tx, channel: Channel, now: datetime) -> None:
        """Attempts of others are over: only the lease's holder sends, and a request does not last as long."""
        state = "pending" if channel.idempotent else "unknown"
        lease = timedelta(seconds=self._patience.lease)
        abandoned = [
            row
            for row in tx.outbox.sending(channel.name, channel.account)
            if (_older(row, now, lease) or gone(row.holder) if row.carried_by else row.holder != self.holder)
        ]
        tx.outbox.abandon((row.id for row in abandoned), state, "the process died while sending", now)
        tx.live.note([row.shown for row in abandoned if row.shown], now)
        for row in abandoned:
            log.warning("delivery.abandoned", channel=channel.name, outbox=row.id, state=state)

    async def _send(self, serving: Round, row: OutboxRow) -> None:
        stopped: Stopped | None = None
        try:
            async with asyncio.timeout(self._patience.sending(row)):
                with metrics.step("send"):
                    external_id = await serving.channel.send(delivery(row))
            result = self._settled(row, "sent", self._clock(), external_id=(external_id or "")[:256] or None)
        except TryLater as problem:
            result = self._again(serving, row, problem)
        except (Unreachable, WindowClosed) as problem:
            result = self._settled(row, "parked", self._clock(), reason=_short(problem))
            stopped = Stopped(row, result, isinstance(problem, Unreachable))
        except Refused as problem:
            result = self._settled(row, "undeliverable", self._clock(), reason=_short(problem))
        except OutcomeUnknown as problem:
            result = self._settled(row, "unknown", self._clock(), reason=_short(problem))
        except TimeoutError:
            result = self._settled(row, "unknown", self._clock(), reason="no answer in time")
        except Exception as problem:
            log.exception("delivery.crashed", channel=row.channel, outbox=row.id)
            result = self._settled(row, "unknown", self._clock(), reason=type(problem).__name__)
        metrics.DELIVERIES.labels(row.channel, result.state).inc()
        if result.state != "sent":
            log.warning(
                "delivery.failed", channel=row.channel, outbox=row.id, conversation=row.conversation_id,
                state=result.state, reason=result.reason, attempt=result.attempt,
            )  # fmt: skip
        if stopped is None:
            serving.settled.append(result)
        else:
            serving.stopped.append(stopped)
        serving.in_flight.discard(row.conversation_id)
        serving.wake.set()

    def _again(self, serving: Round, row: OutboxRow, problem: TryLater) -> Settled:
        now, attempt = self._clock(), row.attempts + 1
        wait = problem.after if problem.after is not None else self._patience.wait(attempt, self._rng)
        due_at = now + timedelta(seconds=wait)
        why = _short(problem)
        if problem.account_wide:
            serving.paused_until = due_at
            return self._settled(row, "pending", now, attempts=row.attempts, due_at=due_at, reason=why)
        if attempt >= self._patience.attempts:
            return self._settled(row, "undeliverable", now, reason=why)
        return self._settled(row, "pending", now, due_at=due_at, reason=why)

    def _settled(
        self,
        row: OutboxRow,
        state: str,
        now: datetime,
        *,
        attempts: int | None = None,
        due_at: datetime | None = None,
        reason: str | None = None,
        external_id: str | None = None,
    ) -> Settled:
        """The end of this postman's attempt at a row with the attempts made before the claim."""
        attempt = row.attempts + 1
        counted = attempt if attempts is None else attempts
        return Settled(
            row.id, state, now, counted, due_at, reason, external_id, self.holder, attempt, row.attempt_at,
            row.shown,
        )  # fmt: skip

    async def _drop(self, serving: Round) -> None:
        name = f"postman:{serving.channel.name}:{serving.channel.account}"
        try:
            await self._store.transact(lambda tx: tx.leases.drop(name, self.holder))
        except StoreProblem:
            log.warning("postman.lease_kept", channel=serving.channel.name)


def _park(tx: Tx, one: Stopped, now: datetime) -> None:
    """Park the message, unless the customer wrote while it was being tried: then it is tried again."""
    conversation = tx.conversations.get(one.row.conversation_id, lock=True)
    if conversation.unreachable_since is None and tx.messages.wrote_since(conversation.id, one.row.last_seq):
        tx.outbox.settle([replace(one.result, state="pending", due_at=now)])
        return
    tx.outbox.settle([one.result])
    tx.outbox.stop(conversation.id, one.result.reason or "", now)  # what follows must not overtake it
    conversation.parked_since = conversation.parked_since or now
    if one.unreachable:
        conversation.unreachable_since = conversation.unreachable_since or now
    tx.conversations.save(conversation, now)
    undelivered(tx, [one.row.id], now)


def _older(row: OutboxRow, now: datetime, age: timedelta) -> bool:
    """Whether an attempt began so long ago (or, the clock having been set back, so far ahead)."""
    return row.attempt_at is None or abs(now - row.attempt_at) > age


def _short(problem: Exception) -> str:
    return str(problem)[:500]
