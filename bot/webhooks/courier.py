"""The courier: carries webhook deliveries to their receivers, each receiver by a loop of its own.

One process serves a receiver at a time (a lease). A delivery that was sent while its process died is sent
again: at least once, with the same webhook-id. Redirects are not followed, answers are not read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import structlog

from bot import metrics
from bot.holders import gone, new_holder
from bot.webhooks.signing import headers
from handlers.webhooks.settings import Receiver, WebhookSettings
from storage import Store, StoreProblem, Tx
from storage.webhooks import Attempt, WebhookDelivery

if TYPE_CHECKING:
    from aiohttp import ClientSession

log = structlog.get_logger()

POLL_SECONDS = 1.0  # how soon what was written is noticed
LEASE_SECONDS = 60.0  # longer than any attempt may take
FORGET_SECONDS = 3600.0
STOP_SECONDS = 15.0


class Courier:
    """Delivers to every configured receiver between `start` and `stop`."""

    def __init__(
        self,
        store: Store,
        settings: WebhookSettings,
        clock: Callable[[], datetime],
        rng: Random,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self.holder = new_holder(rng)
        self._store = store
        self._settings = settings
        self._clock = clock
        self._rng = rng
        self._poll = poll_seconds
        self._session: ClientSession | None = None
        self._stopping = False
        self._woken = {one.name: asyncio.Event() for one in settings.receivers}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin serving the receivers; without any nothing runs."""
        self._tasks = [asyncio.create_task(self._serve(one)) for one in self._settings.receivers]

    async def stop(self) -> None:
        """Begin nothing new, let attempts under way finish, give the receivers back."""
        self._stopping = True
        self.wake()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
        if self._session is not None:
            await self._session.close()

    def wake(self) -> None:
        """There may be something to deliver: the clock has worked, or the desk stops."""
        for woken in self._woken.values():
            woken.set()

    async def _serve(self, receiver: Receiver) -> None:
        forgotten_at: datetime | None = None
        woken = self._woken[receiver.name]
        while not self._stopping:
            woken.clear()
            worked = 0
            try:
                worked = await self.deliver(receiver)
                now = self._clock()
                if forgotten_at is None or now - forgotten_at > timedelta(seconds=FORGET_SECONDS):
                    forgotten_at = now
                    before = now - timedelta(days=self._settings.keep_days)
                    await self._store.transact(lambda tx, before=before: tx.webhooks.forget(before))  # type: ignore[misc]
            except StoreProblem as problem:
                log.warning("webhooks.wait", receiver=receiver.name, reason=str(problem))
            except Exception:
                log.exception("webhooks.failed", receiver=receiver.name)
            if not worked:
                try:
                    await asyncio.wait_for(woken.wait(), self._poll)
                except TimeoutError:
                    pass
        try:
            await self._store.transact(lambda tx: tx.leases.drop(_lease(receiver.name), self.holder))
        except StoreProblem:
            log.warning("webhooks.lease_kept", receiver=receiver.name)

    async def deliver(self, receiver: Receiver) -> int:
        """Attempt what is due for the receiver now, unless another process serves it; how many."""
        now, most = self._clock(), self._settings.parallel
        if not await self._store.read(lambda tx: tx.webhooks.heads(receiver.name, now, 1)):
            return 0
        rows = await self._store.transact(lambda tx: self._claim(tx, receiver.name, now, most))
        if not rows:
            return 0
        attempts = await asyncio.gather(*(self._attempt(receiver, row) for row in rows))
        await self._store.transact(lambda tx: tx.webhooks.settle(attempts, self._clock()))
        return len(rows)

    def _claim(self, tx: Tx, receiver: str, now: datetime, most: int) -> Sequence[WebhookDelivery]:
        name = _lease(receiver)
        holder = tx.leases.holder(name)
        if holder not in (None, self.holder) and gone(holder):
            tx.leases.drop(name, holder)
        if not tx.leases.hold(name, self.holder, now, LEASE_SECONDS):
            return []
        return tx.webhooks.heads(receiver, now, most)

    async def _attempt(self, receiver: Receiver, row: WebhookDelivery) -> Attempt:
        status, wait = None, None
        try:
            status, wait = await self._post(receiver, row)
            reason = f"status {status}"
        except TimeoutError:
            reason = "no answer in time"
        except Exception as problem:  # noqa: BLE001 - whatever a receiver does is an attempt that failed
            reason = type(problem).__name__
        now = self._clock()
        if status is not None and 200 <= status < 300:
            metrics.WEBHOOKS.labels("sent").inc()
            return Attempt(row, "sent", now)
        tried = row.attempts + 1
        over = tried >= self._settings.attempts
        metrics.WEBHOOKS.labels("given_up" if over else "failed").inc()
        log.warning(
            "webhook.given_up" if over else "webhook.failed",
            receiver=receiver.name, delivery=row.id, attempt=tried, reason=reason,
        )  # fmt: skip
        due_at = now + timedelta(seconds=wait if wait is not None else self._backoff(tried))
        return Attempt(row, "given_up" if over else "pending", due_at, reason)

    def _backoff(self, tried: int) -> float:
        """Seconds before the next attempt: doubling, spread by ±20 %, bounded."""
        settings = self._settings
        wait = min(settings.backoff_seconds * 2 ** min(tried - 1, 40), settings.backoff_limit_seconds)
        return wait * self._rng.uniform(0.8, 1.2)

    async def _post(self, receiver: Receiver, row: WebhookDelivery) -> tuple[int, float | None]:
        """The status, and the seconds to wait where the receiver says so."""
        body = row.body.encode()
        signed = headers(receiver.secrets, row.key, int(self._clock().timestamp()), body)
        async with asyncio.timeout(self._settings.timeout_seconds):
            posting = self._client().post(receiver.url, data=body, headers=signed, allow_redirects=False)
            async with posting as answer:
                told = answer.headers.get("Retry-After", "")
                limit = self._settings.backoff_limit_seconds
                wait = min(float(told), limit) if told.isascii() and told.isdigit() else None
                return answer.status, wait if answer.status in (429, 503) else None

    def _client(self) -> ClientSession:
        if self._session is None:
            from aiohttp import ClientSession, DummyCookieJar  # takes a while: only where it is needed

            self._session = ClientSession(cookie_jar=DummyCookieJar(), trust_env=False)
        return self._session


def _lease(receiver: str) -> str:
    return f"webhooks:{receiver}"
