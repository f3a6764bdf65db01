"""Reports by the clock: one for every week and month, some hours after its end (F7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from handlers.reports import write_due
from handlers.reports.periods import next_closing
from scheduler.rules import Rules
from scheduler.timers import Work
from storage import Tx
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

REPORTS = "reports"


def works(rules: Rules) -> Mapping[str, Work]:
    """What this module does with which timers."""
    return {REPORTS: partial(_report, rules=rules)}


def begin(tx: Tx, rules: Rules, now: datetime) -> None:
    """Its one timer goes on for ever; this sets it where there is none."""
    tx.timers.set(Timer(REPORTS, REPORTS, now), now)


def _report(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """Write one report that is due, then look again at once; else wait for the next closing."""
    written = write_due(tx, rules.reports, rules.zone, now)
    following = now if written else next_closing(now, rules.zone, rules.reports.close_after_hours)
    tx.timers.later(timer, following, failures=0)
    return True
