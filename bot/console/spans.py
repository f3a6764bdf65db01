"""The week, the month or the days of one's own whose figures a page shows, and on which clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.console.forms import BadForm
from handlers.reports import PeriodProblem, parse
from handlers.reports.periods import KINDS, Kind, midnight, period_of

ASKED = ("period", "from", "to", "time")
TIMES = ("working", "clock")
OWN_DAYS = "days"
"""The period that is no week and no month."""
LONGEST = 92
"""Days that may be looked at together."""
OFFERED: Mapping[Kind, int] = {"weekly": 13, "monthly": 12}
"""How many of the newest weeks and months are offered."""


@dataclass(frozen=True, slots=True)
class Span:
    """What was asked for, by its first and last day."""

    name: str
    first: date
    last: date
    since: datetime
    until: datetime


def understood(asked: Mapping[str, str], today: date, zone: str) -> tuple[dict[str, str], Span]:
    """What is asked for with what was left out, and its days; raises BadForm."""
    filled = {name: asked.get(name, "") for name in ASKED}
    filled["period"] = filled["period"] or period_of("weekly", today, zone).key
    filled["time"] = filled["time"] or TIMES[0]
    if filled["time"] not in TIMES:
        raise BadForm("bad_request")
    return filled, _days(filled, zone) if filled["period"] == OWN_DAYS else _period(filled["period"], zone)


def _period(words: str, zone: str) -> Span:
    try:
        found = parse("weekly" if "W" in words else "monthly", words, zone)
    except PeriodProblem:
        raise BadForm("bad_period") from None
    last = (found.until - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date()
    return Span(found.key, found.first, last, found.since, found.until)


def _days(asked: Mapping[str, str], zone: str) -> Span:
    try:
        first, last = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
        if not timedelta(0) <= last - first < timedelta(days=LONGEST) or not 1971 <= first.year <= 2199:
            raise ValueError
    except ValueError:
        raise BadForm("bad_days") from None
    after = last + timedelta(days=1)
    return Span(f"{first}_{last}", first, last, midnight(first, zone), midnight(after, zone))


def offered(today: date, zone: str) -> list[str]:
    """The newest weeks, then the newest months."""
    found = []
    for kind in KINDS:
        period = period_of(kind, today, zone)
        for _ in range(OFFERED[kind]):
            found.append(period.key)
            period = period.before(zone)
    return found
