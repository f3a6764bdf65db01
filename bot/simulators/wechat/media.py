"""Temporary media of the simulated platform: three days, then gone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

LIFE = timedelta(days=3)
KEPT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Media:
    """A file, its MIME type, and what it was called."""

    content: bytes
    mime: str
    at: datetime
    name: str = ""


class MediaStore:
    """The newest files, up to a total size."""

    def __init__(self, clock: Callable[[], datetime], random: Random) -> None:
        self._clock = clock
        self._random = random
        self._files: OrderedDict[str, Media] = OrderedDict()
        self._size = 0

    def keep(self, content: bytes, mime: str, name: str = "") -> str:
        """Store a file; returns its media id."""
        media_id = f"sim-{self._random.getrandbits(128):032x}"
        self._files[media_id] = Media(content, mime, self._clock(), name)
        self._size += len(content)
        while self._size > KEPT_BYTES:
            self._size -= len(self._files.popitem(last=False)[1].content)
        return media_id

    def get(self, media_id: str) -> Media | None:
        """The file, or None when it is unknown or older than three days."""
        media = self._files.get(media_id)
        return media if media and self._clock() - media.at < LIFE else None
