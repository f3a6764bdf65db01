"""A promise: until when, when to warn, and how it waits while others are waited for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from handlers.promises.policy import ClockName, Policy, What
from handlers.promises.spans import Share, Span


class Clock(Protocol):
    """What time counts: working time, or time that never stops."""

    def add(self, start: datetime, length: timedelta) -> datetime:
        """The moment so much later."""

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """How much passes between two moments."""

    def add_days(self, start: datetime, days: int) -> datetime:
        """The moment so many days later."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Something promised for an order. While it is paused (`paused_at`), nothing falls due."""

    what: What
    started: datetime
    due: datetime
    warn_at: datetime | None
    clock: ClockName
    policy: str
    """The version of the row it was made by (`Policy.version`)."""
    paused_at: datetime | None = None

    def paused(self, at: datetime) -> Promise:
        """The promise waiting from then on; one that waits already, or is broken by then, stays as it is."""
        return self if self.paused_at or at >= self.due else replace(self, paused_at=max(at, self.started))

    def resumed(self, at: datetime, clock: Clock) -> Promise:
        """The promise running again, later by what passed of its clock's time, never earlier."""
        if self.paused_at is None:
            return self
        waited = max(clock.between(self.paused_at, at), timedelta(0))
        warn_at = self.warn_at
        if warn_at is not None and warn_at > self.paused_at:
            warn_at = clock.add(warn_at, waited)
        return replace(self, due=clock.add(self.due, waited), warn_at=warn_at, paused_at=None)


def made(policy: Policy, started: datetime, clock: Clock) -> Promise:
    """The promise of a row of the table, from that moment on."""
    due = _after(policy.within, started, clock)
    return Promise(
        policy.what, started, due, _warn_at(policy, started, due, clock), policy.clock, policy.version
    )


def _after(span: Span, start: datetime, clock: Clock) -> datetime:
    return clock.add_days(start, span.days) if span.days else clock.add(start, span.time)


def _warn_at(policy: Policy, started: datetime, due: datetime, clock: Clock) -> datetime | None:
    if policy.warn_before is None:
        return None
    whole = clock.between(started, due)
    if isinstance(policy.warn_before, Share):
        return clock.add(started, whole * (100 - policy.warn_before.percent) // 100)
    before = policy.warn_before.time + timedelta(days=policy.warn_before.days)
    return clock.add(started, max(whole - before, timedelta(0)))
