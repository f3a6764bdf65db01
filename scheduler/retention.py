"""Retention by the clock: once a day everything that is old enough, a batch a timer's turn (F7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from handlers.records.retaining import STAGES
from scheduler.rules import Rules
from scheduler.timers import Work
from storage import Tx
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Voice

RETENTION = "retention"


def works(rules: Rules) -> Mapping[str, Work]:
    """What this module does with which timers."""
    return {RETENTION: partial(_retain, rules=rules)}


def begin(tx: Tx, rules: Rules, now: datetime) -> None:
    """Its one timer goes on for ever; this sets it where there is none."""
    due_at = rules.retention.next_run(rules.local(now))
    tx.timers.set(Timer(RETENTION, RETENTION, due_at), now)


def _retain(tx: Tx, timer: Timer, now: datetime, voice: Voice, rules: Rules) -> bool:
    """One batch of one stage; the timer remembers how far the day's work has come."""
    number, behind = int(timer.payload.get("stage", 0)), int(timer.payload.get("behind", 0))
    following = STAGES[number](tx, rules.retention, rules.data, behind, now)
    if following is not None:
        tx.timers.later(timer, now, stage=number, behind=following)
    elif number + 1 < len(STAGES):
        tx.timers.later(timer, now, stage=number + 1, behind=0)
    else:
        tx.timers.later(timer, rules.retention.next_run(rules.local(now)), stage=0, behind=0, failures=0)
    return True
