"""Peak mode: more customers wait for people than can be served in good time (G7)."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from handlers.ownership.settings import QueueSettings

if TYPE_CHECKING:
    from storage import Tx

ROUNDED_TO = 5
"""Minutes of an expected wait are told in steps of so many."""


def expected(tx: Tx, ahead: int, now: datetime, timing: QueueSettings) -> int | None:
    """The minutes somebody with so many ahead waits, by how many got an agent of late; None: unknown."""
    taken = tx.handovers.taken_since(now - timedelta(minutes=timing.estimate_minutes))
    if taken < timing.estimate_from:
        return None
    minutes = (ahead + 1) * timing.estimate_minutes / taken
    return math.ceil(minutes / ROUNDED_TO) * ROUNDED_TO


def peak(tx: Tx, now: datetime, timing: QueueSettings) -> bool:
    """Whether so many wait, or who came now would wait so long, that other ways are offered first."""
    waiting = len(tx.handovers.waiting())
    if not waiting:
        return False
    minutes = expected(tx, waiting, now, timing)
    return waiting >= timing.peak.waiting or (minutes is not None and minutes >= timing.peak.wait_minutes)
