"""Faults that the simulated platform commits on demand, each a number of times, in the order given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["code", "status", "lose", "drop", "delay"]


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls of `path` (all paths when empty)."""

    kind: Kind
    value: float
    path: str
    times: int


class Faults:
    """The faults still to come."""

    def __init__(self) -> None:
        self._coming: list[Fault] = []

    def answer_code(self, code: int, path: str = "message/custom/send", times: int = 1) -> None:
        """Answer with this error code instead of doing anything (-1: busy)."""
        self._coming.append(Fault("code", code, path, times))

    def answer_status(self, status: int, path: str = "", times: int = 1) -> None:
        """Answer with this HTTP status instead of doing anything."""
        self._coming.append(Fault("status", status, path, times))

    def lose_answer(self, path: str = "message/custom/send", times: int = 1) -> None:
        """Do what was asked, then never answer."""
        self._coming.append(Fault("lose", 0, path, times))

    def drop_request(self, path: str = "message/custom/send", times: int = 1) -> None:
        """Do nothing and never answer."""
        self._coming.append(Fault("drop", 0, path, times))

    def delay(self, seconds: float, path: str = "", times: int = 1) -> None:
        """Wait before doing what was asked."""
        self._coming.append(Fault("delay", seconds, path, times))

    def next(self, path: str) -> Fault | None:
        """The fault that this call meets, used up by one."""
        for fault in self._coming:
            if not fault.path or path.endswith(fault.path):
                fault.times -= 1
                if not fault.times:
                    self._coming.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """No more faults."""
        self._coming.clear()
