"""Weeks (ISO 8601, from Monday) and months on the service's clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

Kind = Literal["weekly", "monthly"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_WEEK, _MONTH = re.compile(r"(\d{4})-W(\d{2})", re.ASCII), re.compile(r"(\d{4})-(\d{2})", re.ASCII)


class PeriodProblem(ValueError):
    """The words name no week or month."""


@dataclass(frozen=True, slots=True)
class Period:
    """A week (2026-W47) or a month (2026-11); `since` is in it, `until` no more."""

    kind: Kind
    key: str
    first: date
    since: datetime
    until: datetime

    def before(self, zone: str) -> Period:
        """The period before it."""
        return period_of(self.kind, self.first - timedelta(days=1), zone)


def period_of(kind: Kind, day: date, zone: str) -> Period:
    """The week or month that the day lies in."""
    if kind == "weekly":
        first = day - timedelta(days=day.weekday())
        after = first + timedelta(days=7)
        year, week, _ = first.isocalendar()
        key = f"{year}-W{week:02d}"
    else:
        first = day.replace(day=1)
        after = (first + timedelta(days=31)).replace(day=1)
        key = f"{first:%Y-%m}"
    return Period(kind, key, first, midnight(first, zone), midnight(after, zone))


def midnight(day: date, zone: str) -> datetime:
    """When the day begins there."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def parse(kind: Kind, words: str, zone: str) -> Period:
    """The period of that name; raises PeriodProblem."""
    found = (_WEEK if kind == "weekly" else _MONTH).fullmatch(words.strip())
    try:
        if found is None:
            raise ValueError
        year, number = int(found[1]), int(found[2])
        day = date.fromisocalendar(year, number, 1) if kind == "weekly" else date(year, number, 1)
        if not 1971 <= day.year <= 2199:
            raise ValueError
    except ValueError:
        example = "2026-W47" if kind == "weekly" else "2026-11"
        thing = "week" if kind == "weekly" else "month"
        raise PeriodProblem(f"'{words}' is no {thing}; write {example}") from None
    return period_of(kind, day, zone)


def last_closed(kind: Kind, now: datetime, zone: str, close_after_hours: float) -> Period:
    """The newest period that is over and closed."""
    moment = now - timedelta(hours=close_after_hours)
    return period_of(kind, moment.astimezone(ZoneInfo(zone)).date(), zone).before(zone)


def next_closing(now: datetime, zone: str, close_after_hours: float) -> datetime:
    """When the next week or month is closed."""
    moment = now - timedelta(hours=close_after_hours)
    day = moment.astimezone(ZoneInfo(zone)).date()
    return min(period_of(kind, day, zone).until for kind in KINDS) + timedelta(hours=close_after_hours)
