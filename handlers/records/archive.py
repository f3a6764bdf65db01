"""Orders in files: JSON Lines, compressed, under a name that their content gives them (docs/records.md)."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from storage.retention import Archive

FORMAT = 1
FOLDER = "archive"
"""Below the data folder."""
Document = dict[str, Any]


class Damaged(Exception):
    """A file is not there, or not what it was."""


def write(folder: Path, documents: Sequence[Document], now: datetime) -> Archive:
    """Write the orders durably; the same orders make the same file. Raises OSError or Damaged."""
    lines = [json.dumps({"format": FORMAT, **one}, ensure_ascii=False, default=_plain) for one in documents]
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write("".join(f"{line}\n" for line in lines).encode())
    content = packed.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    numbers = sorted(one["order"]["number"] for one in documents)
    ended = sorted(_moment(one["order"]["closed_at"]) for one in documents)
    name = f"orders-{numbers[0]}-{digest[:16]}.jsonl.gz"
    folder.mkdir(parents=True, exist_ok=True)
    _durably(folder, name, content)
    _durably(folder, f"{name}.sha256", f"{digest}  {name}\n".encode())
    archive = Archive(name, digest, len(documents), numbers[0], numbers[-1], ended[0], ended[-1], now)
    check(folder, archive)
    return archive


def check(folder: Path, archive: Archive) -> bytes:
    """The file's bytes, if they are what was written; raises Damaged."""
    try:
        content = (folder / archive.file).read_bytes()
    except OSError as problem:
        raise Damaged(f"{archive.file}: cannot be read ({problem.strerror})") from None
    if hashlib.sha256(content).hexdigest() != archive.sha256:
        raise Damaged(f"{archive.file}: its checksum is not {archive.sha256[:16]}…")
    return content


def read(folder: Path, archive: Archive) -> Iterator[Document]:
    """The orders in it, as they were; raises Damaged."""
    with gzip.GzipFile(fileobj=io.BytesIO(check(folder, archive))) as file:
        for line in file:
            yield json.loads(line)


def without(
    folder: Path, archive: Archive, whose: Callable[[Document], bool], now: datetime
) -> tuple[Archive | None, int]:
    """A file without these orders (None: nothing would be left), and how many they are; the old one stays."""
    every = list(read(folder, archive))
    kept = [one for one in every if not whose(one)]
    if len(kept) == len(every):
        return archive, 0
    plain = [{name: value for name, value in one.items() if name != "format"} for one in kept]
    return (write(folder, plain, now) if plain else None), len(every) - len(kept)


def names_of(archive: Archive) -> list[str]:
    """The paths of its files below the data folder."""
    return [f"{FOLDER}/{archive.file}", f"{FOLDER}/{archive.file}.sha256"]


def _durably(folder: Path, name: str, content: bytes) -> None:
    draft = folder / f".{name}.part"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / name)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
