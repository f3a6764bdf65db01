"""What can go wrong between a bot and Telegram, on demand.

simulator.faults.next("sendMessage", LoseAnswer())        # delivered, but no answer
simulator.faults.next("sendMessage", Fail(500), Fail(429, retry_after=3), Delay(0.5))
simulator.faults.repeat_updates(1)                        # the next update comes twice
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fail:
    """Refuse without doing anything."""

    code: int = 500
    description: str = "Internal Server Error"
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """Do it, and answer only after `seconds`, with a gateway timeout."""

    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class LoseRequest:
    """Do nothing, and answer only after `seconds`, with a gateway timeout."""

    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Delay:
    """Do it after `seconds`."""

    seconds: float


Fault = Fail | LoseAnswer | LoseRequest | Delay


class Faults:
    """Faults waiting for the calls they are meant for; each is used once."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = defaultdict(deque)
        self._repeats = 0

    def next(self, method: str, *faults: Fault) -> None:
        """The next calls of the method meet these, in this order."""
        self._waiting[method.lower()].extend(faults)

    def meet(self, method: str) -> Fault | None:
        """The fault this call meets."""
        waiting = self._waiting.get(method.lower())
        return waiting.popleft() if waiting else None

    def repeat_updates(self, count: int) -> None:
        """So many of the next updates are delivered twice."""
        self._repeats += count

    def repeats(self) -> bool:
        """Whether the update just delivered comes again."""
        if not self._repeats:
            return False
        self._repeats -= 1
        return True
