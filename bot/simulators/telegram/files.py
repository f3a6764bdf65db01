"""Files on the simulated platform."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from bot.simulators.telegram.errors import bad_request

LARGEST_DOWNLOAD = 20 * 1024 * 1024
LARGEST_PHOTO = 10 * 1024 * 1024
MAGIC = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file; `claimed` is a size to pretend when the content is not worth making."""

    id: str
    path: str
    content: bytes
    mime: str
    claimed: int | None = None

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content) if self.claimed is None else self.claimed


class Files:
    """The platform's files by id and by path."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def keep(self, content: bytes, folder: str, mime: str, claimed: int | None = None) -> StoredFile:
        """Store a file under a new id."""
        number = len(self._by_id) + 1
        key = f"{folder[:2]}{self._rng.getrandbits(128):032x}"
        file = StoredFile(key, f"{folder}/file_{number}", content, mime, claimed)
        self._by_id[file.id] = self._by_path[file.path] = file
        return file

    def find(self, file_id: str) -> StoredFile | None:
        """The file with this id."""
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """The file at the path that `getFile` gave."""
        return self._by_path.get(path)

    def lose(self, file_id: str) -> None:
        """Forget a file, as the platform does after a while."""
        if file := self._by_id.pop(file_id, None):
            self._by_path.pop(file.path, None)

    def get_file(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """`getFile`."""
        file = self.find(str(parameters.get("file_id") or ""))
        if file is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if file.size > LARGEST_DOWNLOAD:
            raise bad_request("file is too big")
        return {**as_json(file), "file_path": file.path}


def as_json(file: StoredFile) -> dict[str, Any]:
    """The fields every file object has."""
    return {"file_id": file.id, "file_unique_id": file.id[-12:], "file_size": file.size}


def photo_sizes(file: StoredFile) -> list[dict[str, Any]]:
    """The PhotoSize list of a photo."""
    return [{**as_json(file), "width": 800, "height": 600}]


def image_type(content: bytes) -> str | None:
    """The MIME type an image's first bytes show, or None for anything but a common picture."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for magic, mime in MAGIC.items() if content.startswith(magic)), None)
