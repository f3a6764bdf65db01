"""Timers that are always there: set where they are missing, e.g. after the first start."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from scheduler import reporting, retention, return_visits
from scheduler.rules import Rules
from storage import Tx

if TYPE_CHECKING:
    from scheduler import Job, Voice

SECONDS = 60


def job(rules: Rules) -> Job:
    """The sweep that sets them."""
    from scheduler import Job

    return Job("standing", SECONDS, partial(sweep, rules=rules))


def sweep(tx: Tx, now: datetime, voice: Voice, rules: Rules) -> int:
    """Set those that are missing; nothing is worked on."""
    retention.begin(tx, rules, now)
    reporting.begin(tx, rules, now)
    return_visits.begin_planning(tx, rules, now)
    return 0
