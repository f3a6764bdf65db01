"""Promises: by when something is done for an order, in working time or around the clock.

`Promises` is what the rest of the desk uses; docs/promises.md tells supervisors how a promise comes about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from handlers.promises.places import Rules, region_of
from handlers.promises.policy import Case, Policy, Region, Table, What
from handlers.promises.promise import Clock, Promise, made
from handlers.promises.settings import STANDARD_ROWS, CalendarSettings, RegionSettings
from handlers.promises.spans import Span
from handlers.promises.working_time import RoundTheClock, WorkingTime

__all__ = ["CalendarSettings", "Case", "Promise", "Promises", "What", "WorkingTime", "opened", "standard"]


class Promises:
    """The service's promises: its table, its working time, its regions."""

    def __init__(self, rows: Sequence[Policy], working_time: WorkingTime, regions: Rules) -> None:
        self.working_time = working_time
        self._table = Table(rows)
        self._regions = regions
        self._clocks: Mapping[str, Clock] = {"business": working_time, "calendar": RoundTheClock()}

    def region(self, address: str | None) -> Region:
        """The region of an address; `elsewhere` where it is not known."""
        return region_of(address, self._regions)

    def promise(self, what: What, case: Case, started: datetime) -> Promise | None:
        """What is promised for such an order from that moment on; None where the table has no row."""
        policy = self._table.policy(what, case)
        return made(policy, started, self._clocks[policy.clock]) if policy else None

    def resumed(self, promise: Promise, at: datetime) -> Promise:
        """A paused promise running again; later by what passed of its time (`Promise.paused` stops it)."""
        return promise.resumed(at, self._clocks[promise.clock])

    def after(self, promise: Promise, span: Span) -> datetime:
        """The moment so much of the promise's clock after its start."""
        clock = self._clocks[promise.clock]
        started = promise.started
        return clock.add_days(started, span.days) if span.days else clock.add(started, span.time)


@cache
def standard(zone: str = "Asia/Shanghai") -> Promises:
    """The promises of a service that has changed nothing."""
    return opened(CalendarSettings(), STANDARD_ROWS, RegionSettings(), zone)


def opened(
    calendar: CalendarSettings, rows: Sequence[Policy], regions: RegionSettings, zone: str
) -> Promises:
    """The promises of the settings."""
    return Promises(rows, WorkingTime(calendar.days(), zone), regions.rules())
