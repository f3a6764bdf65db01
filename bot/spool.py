"""The spool 离线登记: what arrives while the database is away, kept on disk and taken in order later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from bot.messages import Address, Attachment, Contact, Inbound, Location


class Spool:
    """An append-only file of messages; a line is on disk before `keep` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taken = 0
        self.waiting = sum(1 for _ in self._lines())

    def keep(self, inbound: Inbound) -> None:
        """Append the message durably; raises OSError when the disk refuses it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = orjson.dumps(asdict(inbound)) + b"\n"
        with self._path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self.waiting += 1

    def first(self) -> Inbound | None:
        """The oldest message not yet taken, or None."""
        for number, line in enumerate(self._lines()):
            if number >= self._taken:
                return _inbound(line)
        return None

    def take(self) -> None:
        """The first message is durable in the database; the file goes when all are."""
        self._taken += 1
        self.waiting -= 1
        if self.waiting == 0:
            self._path.unlink(missing_ok=True)
            self._taken = 0

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):  # a torn last line was never acknowledged
                    yield orjson.loads(line)


def _inbound(stored: dict[str, Any]) -> Inbound:
    values = dict(stored)
    values["address"] = Address(**values["address"])
    values["sent_at"] = datetime.fromisoformat(values["sent_at"])
    values["attachments"] = tuple(Attachment(**found) for found in values["attachments"])
    values["location"] = Location(**values["location"]) if values["location"] else None
    values["contact"] = Contact(**values["contact"]) if values["contact"] else None
    values["window"] = tuple(values["window"]) if values["window"] else None
    return Inbound(**values)
