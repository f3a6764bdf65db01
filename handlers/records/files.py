"""Removing files: noted in the transaction that lets go of them, removed after it, however often it dies."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage import Tx

BATCH = 100


def remove_files(tx: Tx, data: Path) -> int:
    """Remove up to a batch of the files that are noted; how many notes were worked off.

    A crash before the commit leaves the note: the file is removed again, which does nothing.
    """
    noted = tx.records.doomed(BATCH)
    done = [note for note, path in noted if _removed(data, path)]
    if done:
        tx.records.removed(done)
    return len(done)


def _removed(data: Path, path: str) -> bool:
    """Whether nothing is there any more; a file that cannot be removed is tried again."""
    place = (data / path).resolve()
    if not place.is_relative_to(data.resolve()) or place == data.resolve():
        return True  # nothing of ours
    try:
        if path.endswith("/"):
            shutil.rmtree(place)
        else:
            place.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
