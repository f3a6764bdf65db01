"""Photos customers send: known by their bytes, stored under a random name in the visitor's own folder."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK = 256 * 1024
TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
}
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_PEER = re.compile(r"v[0-9a-f]{40}")
_NAME = re.compile(r"[0-9a-f]{32}\.(jpg|png|gif|webp|heic)")


class NotAPhoto(Exception):
    """The bytes are no photo of a kind we take."""


class TooLarge(Exception):
    """The photo is larger than we take."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A photo on disk; `ref` is `<peer>/<name>`, size in bytes."""

    ref: str
    mime: str
    size: int


class Uploads:
    """The folder of photos; every method blocks and belongs in a thread."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def save(self, peer: str, source: BinaryIO) -> Stored:
        """Copy the photo durably; raises NotAPhoto, TooLarge or OSError and then leaves nothing."""
        head = source.read(CHUNK)
        kind = sniff(head)
        if kind is None:
            raise NotAPhoto
        name = f"{secrets.token_hex(16)}.{kind}"
        home = self._folder / peer
        home.mkdir(parents=True, exist_ok=True)
        draft = home / f".{name}.part"
        try:
            size = self._copy(head, source, draft)
            draft.rename(home / name)
        finally:
            draft.unlink(missing_ok=True)
        return Stored(f"{peer}/{name}", TYPES[kind], size)

    def path(self, peer: str, name: str) -> Path | None:
        """The file of that visitor's photo, or None when they have no such photo."""
        if not _PEER.fullmatch(peer) or not _NAME.fullmatch(name):
            return None
        path = self._folder / peer / name
        return path if path.is_file() else None

    def by_ref(self, ref: str) -> Path | None:
        """The file a stored `ref` names, or None."""
        peer, _, name = ref.partition("/")
        return self.path(peer, name)

    def forget(self, stored: Stored) -> None:
        """Remove a photo that turned out to be a repetition."""
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


def sniff(head: bytes) -> str | None:
    """The kind of photo its first bytes say it is (a key of TYPES), or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "heic"
    return None
