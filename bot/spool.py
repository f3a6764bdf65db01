"""The spool 离线登记: what arrives while the database is away, kept on disk and taken in order later."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from bot.messages import Address, Attachment, Contact, Inbound, Location

Write = Callable[[BinaryIO, bytes], None]


def write_durably(file: BinaryIO, line: bytes) -> None:
    """Write and wait until the disk has it."""
    file.write(line)
    file.flush()
    os.fsync(file.fileno())


class Spool:
    """An append-only file of messages; a line is on disk before `keep` returns."""

    def __init__(self, path: Path, write: Write = write_durably) -> None:
        self._path = path
        self._write = write
        self._begin = 0  # where the oldest message not yet taken begins
        self._end = 0  # where the last kept message ends; what follows was never acknowledged
        self.waiting = 0
        for line in self._lines():
            self._end += len(line)
            self.waiting += 1

    def keep(self, inbound: Inbound) -> None:
        """Append the message durably; raises OSError when the disk refuses it."""
        line = orjson.dumps(asdict(inbound)) + b"\n"
        new = not self._path.exists()
        if new:
            self._begin = self._end = self.waiting = 0
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.truncate(self._end)  # half a line of an attempt that failed
            self._write(file, line)
        if new:
            _keep_name(self._path.parent)
        self._end += len(line)
        self.waiting += 1

    def first(self) -> Inbound | None:
        """The oldest message not yet taken, or None."""
        line = next(self._lines(), None) if self.waiting else None
        return None if line is None else _inbound(orjson.loads(line))

    def everything(self) -> list[Inbound]:
        """Every message not yet taken, oldest first."""
        return [_inbound(orjson.loads(line)) for line in self._lines()]

    def take(self) -> None:
        """The first message is durable in the database; the file goes when all are."""
        self._drop(next(self._lines()))

    def set_aside(self) -> Path:
        """Move the first message, which no turn can take, to a file beside; returns that file."""
        line = next(self._lines())
        beside = self._beside
        with _alone(beside):
            whole = sum(len(kept) for kept in _whole_lines(beside, 0))
            with beside.open("ab") as file:
                file.truncate(whole)
                self._write(file, line)
        self._drop(line)
        return beside

    def beside(self) -> list[Inbound]:
        """What was set aside, oldest first."""
        return [_inbound(orjson.loads(line)) for line in _whole_lines(self._beside, 0)]

    def forget(self, whose: Callable[[Address], bool]) -> int:
        """Take messages of these addresses out of what was set aside; how many there were."""
        if not self._beside.exists():
            return 0
        with _alone(self._beside):
            lines = list(_whole_lines(self._beside, 0))
            kept = [line for line in lines if not whose(_inbound(orjson.loads(line)).address)]
            if len(kept) < len(lines):
                draft = self._beside.with_suffix(".part")
                with draft.open("wb") as file:
                    self._write(file, b"".join(kept))
                draft.replace(self._beside)
        return len(lines) - len(kept)

    @property
    def _beside(self) -> Path:
        return self._path.with_suffix(".failed.jsonl")

    def _drop(self, line: bytes) -> None:
        self._begin += len(line)
        self.waiting -= 1
        if self.waiting == 0:
            self._path.unlink(missing_ok=True)
            self._begin = self._end = 0

    def _lines(self) -> Iterator[bytes]:
        return _whole_lines(self._path, self._begin)


def _whole_lines(path: Path, begin: int) -> Iterator[bytes]:
    """The lines from there on; a torn last one was never acknowledged."""
    if not path.exists():
        return
    with path.open("rb") as file:
        file.seek(begin)
        for line in file:
            if line.endswith(b"\n"):
                yield line


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process changes the file meanwhile."""
    with path.with_suffix(".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep_name(folder: Path) -> None:
    """A new file's name is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _inbound(stored: dict[str, Any]) -> Inbound:
    values = dict(stored)
    values["address"] = Address(**values["address"])
    values["sent_at"] = datetime.fromisoformat(values["sent_at"])
    values["attachments"] = tuple(Attachment(**found) for found in values["attachments"])
    values["location"] = Location(**values["location"]) if values["location"] else None
    values["contact"] = Contact(**values["contact"]) if values["contact"] else None
    values["window"] = tuple(values["window"]) if values["window"] else None
    return Inbound(**values)
