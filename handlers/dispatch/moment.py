"""When something is given to people: the moment on the clock and the calendar of the service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.promises.days import DayKind, Days


@dataclass(frozen=True, slots=True)
class Moment:
    """The service's local time, the kind of that day and of the one before (`Days.kind`)."""

    local: datetime
    day: DayKind = "usual"
    before: DayKind = "usual"

    @classmethod
    def of(cls, now: datetime, zone: str, days: Days) -> Moment:
        """The moment in the service's zone."""
        local = now.astimezone(ZoneInfo(zone))
        return cls(local, days.kind(local.date()), days.kind(local.date() - timedelta(days=1)))
