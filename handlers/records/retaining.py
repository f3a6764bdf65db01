"""Letting go of what is old enough, a batch a transaction (F7, E9). Never of anything about an open order."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from handlers.records import archive, orphans
from handlers.records.settings import RetentionSettings

if TYPE_CHECKING:
    from storage import Tx

ORDERS, ROWS = 200, 500
"""Of orders (also of one archive's), and of other rows, in one transaction."""


class Stage(Protocol):
    """One sort of thing: works a batch behind a place, returns the next place, None at the end."""

    def __call__(
        self, tx: Tx, settings: RetentionSettings, data: Path | None, behind: int, now: datetime
    ) -> int | None: ...


def orders(tx: Tx, settings: RetentionSettings, data: Path | None, behind: int, now: datetime) -> int | None:
    """Orders into an archive, then out of the database.

    The file is there before the commit and counts only with it: a crash in between leaves a file that nobody
    names (and that `loose_files` removes), and every order where it was.
    """
    if settings.archive and data is None:
        return None
    ids = tx.retention.ended_before(settings.orders_from(now), ORDERS)
    if not ids:
        return None
    if settings.archive and data is not None:
        tx.retention.keep(archive.write(data / archive.FOLDER, tx.retention.whole(ids), now))
    tx.records.remove_orders(ids, now)
    return behind + len(ids)


def talk(tx: Tx, settings: RetentionSettings, data: Path | None, behind: int, now: datetime) -> int | None:
    """Old messages, then conversations with nothing in them, then customers without any."""
    moment = settings.talk_from(now)
    ids = tx.retention.silent_since(moment, behind, ROWS)
    if not ids:
        return None
    tx.retention.forget_talk(ids, moment, now)
    tx.retention.forget_conversations(ids, moment)
    return ids[-1]


def media(tx: Tx, settings: RetentionSettings, data: Path | None, behind: int, now: datetime) -> int | None:
    """Files that customers sent."""
    done = tx.retention.forget_media(settings.media_from(now), ROWS, now)
    return behind + done if done else None


def notices(tx: Tx, settings: RetentionSettings, data: Path | None, behind: int, now: datetime) -> int | None:
    """What was said or not of our own accord, and tasks that are done."""
    done = tx.retention.forget_notices(settings.notices_from(now), ROWS)
    return behind + done if done else None


def audit(tx: Tx, settings: RetentionSettings, data: Path | None, behind: int, now: datetime) -> int | None:
    """What users of the console did."""
    done = tx.audit.forget(settings.audit_from(now), ROWS)
    return behind + done if done else None


def loose_files(
    tx: Tx, settings: RetentionSettings, data: Path | None, behind: int, now: datetime
) -> int | None:
    """Files that no row names: of a process that died before its commit."""
    return None if data is None else orphans.remove_some(tx, data, behind, now)


STAGES: tuple[Stage, ...] = (orders, talk, media, notices, loose_files, audit)
