"""Everything known of one customer as a ZIP file of JSON and their files: docs/records.md describes it."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.media import MediaShelf
from bot.records import archives
from bot.records.aside import set_aside
from bot.settings import Settings
from storage import Store
from storage.records import Rows

FORMAT = 1
ABOUT = "about.json"


def everything(store: Store, settings: Settings, customer_id: int) -> Rows:
    """All rows about the customer: of the database, set aside on disk, and of archived orders.

    Raises Damaged for an archive that cannot be read.
    """
    rows = store.run(lambda tx: tx.records.of_customer(customer_id))
    fits = archives.of_customer(store, customer_id)
    rows["set_aside"] = store.run(lambda tx: set_aside(tx, settings, customer_id))
    rows["archived_orders"] = [found for _, found in archives.find(store, settings.data_path, fits)]
    return rows


def write_export(path: Path, customer_id: int, rows: Rows, media: Path, now: datetime) -> dict[str, int]:
    """Write the file at once or not at all, readable by its owner only; how many entries each part has.

    Raises OSError where it cannot be written.
    """
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            counts = _written(file, customer_id, rows, MediaShelf(media), now)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return counts


def _written(file: Any, customer_id: int, rows: Rows, shelf: MediaShelf, now: datetime) -> dict[str, int]:
    counts = {name: len(found) for name, found in rows.items()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        files, lost = 0, []
        for row in rows.get("attachments", ()):
            stored = row.get("file")
            if not stored:
                continue
            inside = f"files/{row['id']}{_suffix(row)}"
            if not shelf.path(stored).is_file():
                lost.append(row["id"])
                continue
            archive.write(shelf.path(stored), inside)
            row["file"] = inside
            files += 1
        for name, found in rows.items():
            archive.writestr(f"{name}.json", _json(found))
        about = {"format": FORMAT, "customer": customer_id, "made_at": now, "files": files,
                 "files_missing": lost, "rows": counts}  # fmt: skip
        archive.writestr(ABOUT, _json(about))
    return {**counts, "files": files}


def _suffix(row: Mapping[str, Any]) -> str:
    """Of the name the customer's platform gave it, if it is a plain one."""
    suffix = Path(str(row.get("name") or "")).suffix
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) < 8 else ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
