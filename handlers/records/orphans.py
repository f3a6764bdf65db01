"""Files that no row of the database names: a process died between the two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from handlers.records.archive import FOLDER
from storage.records import MEDIA

if TYPE_CHECKING:
    from storage import Tx

GRACE = timedelta(days=1)
"""A younger file may belong to a transaction that is not committed yet."""
FOLDERS = 64
"""Folders in one transaction."""
_UPLOADS = "web"


def remove_some(tx: Tx, data: Path, behind: int, now: datetime) -> int | None:
    """Go through the next folders of files; the place behind them, None at the end."""
    shelf = data / MEDIA
    folders = sorted(path for path in shelf.iterdir() if path.is_dir()) if shelf.is_dir() else []
    for folder in folders[behind : behind + FOLDERS]:
        if folder.name != _UPLOADS:
            _remove(folder, now, tx.retention.known_files)
    if behind + FOLDERS < len(folders):
        return behind + FOLDERS
    counted = {name for one in tx.retention.archives() for name in (one.file, f"{one.file}.sha256")}
    _remove(data / FOLDER, now, lambda names: counted)
    return None


def _remove(folder: Path, now: datetime, known: Callable[[Sequence[str]], set[str]]) -> None:
    if not folder.is_dir():
        return
    before = (now - GRACE).timestamp()
    old = {path.name: path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < before}
    for name in old.keys() - (known(list(old)) if old else set()):
        old[name].unlink(missing_ok=True)
