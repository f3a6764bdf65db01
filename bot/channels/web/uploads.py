"""Files customers send: known by their bytes, stored under a random name in the visitor's own folder."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.channels.web.kinds import KINDS, Kind, sniff

CHUNK = 256 * 1024
LONGEST_NAME = 80
_PEER = re.compile(r"v[0-9a-f]{40}")
_NAME = re.compile(rf"[0-9a-f]{{32}}\.({'|'.join(KINDS)})")


class NotTaken(Exception):
    """The bytes are of no kind we take."""


class TooLarge(Exception):
    """The file is larger than we take."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file on disk; `ref` is `<peer>/<name>`, size in bytes."""

    ref: str
    kind: Kind
    size: int


class Uploads:
    """The folder of files; every method blocks and belongs in a thread."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def save(self, peer: str, source: BinaryIO, claimed: str = "") -> Stored:
        """Copy the file durably; raises NotTaken, TooLarge or OSError and then leaves nothing."""
        head = source.read(CHUNK)
        kind = sniff(head, claimed)
        if kind is None:
            raise NotTaken
        name = f"{secrets.token_hex(16)}.{kind.suffix}"
        home = self._folder / peer
        home.mkdir(parents=True, exist_ok=True)
        draft = home / f".{name}.part"
        try:
            size = self._copy(head, source, draft)
            draft.rename(home / name)
        finally:
            draft.unlink(missing_ok=True)
        return Stored(f"{peer}/{name}", kind, size)

    def path(self, peer: str, name: str) -> Path | None:
        """The file of that visitor, or None when they have no such file."""
        if not _PEER.fullmatch(peer) or not _NAME.fullmatch(name):
            return None
        path = self._folder / peer / name
        return path if path.is_file() else None

    def by_ref(self, ref: str) -> Path | None:
        """The file a stored `ref` names, or None."""
        peer, _, name = ref.partition("/")
        return self.path(peer, name)

    def forget(self, stored: Stored) -> None:
        """Remove a file that turned out to be a repetition."""
        path = self.by_ref(stored.ref)
        if path:
            path.unlink(missing_ok=True)

    def _copy(self, head: bytes, source: BinaryIO, draft: Path) -> int:
        size = 0
        with draft.open("xb") as file:
            chunk = head
            while chunk:
                size += len(chunk)
                if size > self._max_bytes:
                    raise TooLarge
                file.write(chunk)
                chunk = source.read(CHUNK)
            file.flush()
            os.fsync(file.fileno())
        return size


def called(name: str, suffix: str) -> str:
    """What the customer called a document, letters and digits only: it is shown, never used as a path."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    kept = "".join(c if c.isalnum() or c in " -_()" else " " for c in stem)
    return f"{' '.join(kept.split())[:LONGEST_NAME] or 'document'}.{suffix}"
