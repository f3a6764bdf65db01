"""Records by the clock: files that were let go of are removed (E9)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from handlers.records.files import remove_files
from storage import Tx

if TYPE_CHECKING:
    from scheduler import Job, Voice

SECONDS = 60


def job(data: Path) -> Job:
    """The sweep over files that are to be removed from the data folder."""
    from scheduler import Job

    return Job("files", SECONDS, partial(sweep, data=data))


def sweep(tx: Tx, now: datetime, voice: Voice, data: Path) -> int:
    """Remove up to a batch of them; returns how many."""
    return remove_files(tx, data)
