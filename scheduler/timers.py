"""The sweep over timers: each is worked on once, in the transaction that deletes it (F8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from storage import Tx
from storage.timers import Timer

if TYPE_CHECKING:
    from scheduler import Job, Voice

log = structlog.get_logger()

BATCH = 50
SECONDS = 2
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
"""A timer whose work fails is tried again after these, the wait doubling."""

Work = Callable[[Tx, Timer, datetime, "Voice"], bool]
"""Does what a timer asks for and sets it `done` or `later`; False leaves it for the next sweep."""


def job(works: Mapping[str, Work]) -> Job:
    """The sweep over due timers of every job in `works`."""
    from scheduler import Job

    return Job("timers", SECONDS, partial(sweep, works=works))


def sweep(tx: Tx, now: datetime, voice: Voice, works: Mapping[str, Work]) -> int:
    """Work on up to a batch of due timers; returns how many were worked on."""
    return sum(_one(tx, timer, now, voice, works) for timer in tx.timers.due(now, BATCH))


def _one(tx: Tx, timer: Timer, now: datetime, voice: Voice, works: Mapping[str, Work]) -> bool:
    """In a savepoint of its own: one that fails must not hold up the others."""
    tx.command("SAVEPOINT timer")
    try:
        worked = works[timer.job](tx, timer, now, voice)
    except (OperationalError, InterfaceError):
        raise  # the database is away or wants the transaction again
    except Exception as problem:  # noqa: BLE001 - the edge of a sweep
        tx.command("ROLLBACK TO SAVEPOINT timer")
        failures = int(timer.payload.get("failures", 0)) + 1
        wait = min(FIRST_WAIT * 2 ** min(failures - 1, 12), LONGEST_WAIT)
        tx.timers.later(timer, now + wait, failures=failures)
        log.warning(
            "timer.failed", job=timer.job, timer=timer.id, failures=failures, problem=type(problem).__name__
        )
        worked = False
    tx.command("RELEASE SAVEPOINT timer")
    return worked
