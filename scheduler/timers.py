"""The sweep over timers: each is worked on once, in the transaction that deletes it (F8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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

BATCH = 64
SECONDS = 2
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
"""A timer whose work fails is tried again after these, the wait doubling."""

Work = Callable[[Tx, Timer, datetime, "Voice"], bool]
"""Does what a timer asks for and sets it `done` or `later`; False leaves it for the next sweep."""


@dataclass(frozen=True, slots=True)
class Together:
    """Work on many timers of a job at once, with few statements for all; says how many it worked on."""

    work: Callable[[Tx, Sequence[Timer], datetime, Voice], int]


Works = Mapping[str, Work | Together]
"""What is done with the timers of each job; of those due at once, in this order."""


def job(works: Works) -> Job:
    """The sweep over due timers of every job in `works`."""
    from scheduler import Job

    return Job("timers", SECONDS, partial(sweep, works=works))


def sweep(tx: Tx, now: datetime, voice: Voice, works: Works) -> int:
    """Work on up to a batch of due timers; returns how many were worked on."""
    due: dict[str, list[Timer]] = {name: [] for name in works}
    strange: list[Timer] = []
    for timer in tx.timers.due(now, BATCH):
        due.get(timer.job, strange).append(timer)
    for timer in strange:  # of another version's job: it must not stop the others
        _put_off(tx, timer, "no such job", now)
    worked = sum(_try(tx, works[name], timers, now, voice) for name, timers in due.items() if timers)
    return worked + len(strange)


def _try(tx: Tx, work: Work | Together, timers: Sequence[Timer], now: datetime, voice: Voice) -> int:
    """In a savepoint; where one of several fails, each is tried in its own: none holds up the others."""
    tx.command("SAVEPOINT timer")
    try:
        if isinstance(work, Together):
            worked = work.work(tx, timers, now, voice)
        else:
            worked = sum(work(tx, timer, now, voice) for timer in timers)
    except (OperationalError, InterfaceError):
        raise  # the database is away or wants the transaction again
    except Exception as problem:  # noqa: BLE001 - the edge of a sweep
        tx.command("ROLLBACK TO SAVEPOINT timer")
        if len(timers) == 1:
            _put_off(tx, timers[0], type(problem).__name__, now)
            worked = 0
        else:
            worked = sum(_try(tx, work, [timer], now, voice) for timer in timers)
    tx.command("RELEASE SAVEPOINT timer")
    return worked


def _put_off(tx: Tx, timer: Timer, problem: str, now: datetime) -> None:
    failures = int(timer.payload.get("failures", 0)) + 1
    wait = min(FIRST_WAIT * 2 ** min(failures - 1, 12), LONGEST_WAIT)
    tx.timers.later(timer, now + wait, failures=failures)
    log.warning("timer.failed", job=timer.job, timer=timer.id, failures=failures, problem=problem)
