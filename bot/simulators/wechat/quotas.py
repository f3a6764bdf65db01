"""How many customer-service messages the simulated platform still delivers to a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

OUT_OF_TIME = 45015
OUT_OF_COUNT = 45047


@dataclass(slots=True)
class Grant:
    """So many messages until then."""

    until: datetime
    left: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a message and what a menu click, follow or scan allow: (seconds, messages)."""

    message: tuple[float, int] = (48 * 3600.0, 5)
    event: tuple[float, int] = (60.0, 3)


class Quota:
    """One customer's grants: a message's and an event's, each renewed by the next of its kind."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._message: Grant | None = None
        self._event: Grant | None = None

    def wrote(self, now: datetime) -> None:
        """The customer sent a message."""
        self._message = _grant(self._allowance.message, now)

    def acted(self, now: datetime) -> None:
        """The customer clicked the menu, followed or scanned."""
        self._event = _grant(self._allowance.event, now)

    def spend(self, now: datetime) -> int:
        """Take one message; 0, or the error code when there is none to take."""
        running = [grant for grant in (self._event, self._message) if grant and grant.until > now]
        if not running:
            return OUT_OF_TIME
        for grant in running:
            if grant.left:
                grant.left -= 1
                return 0
        return OUT_OF_COUNT

    def left(self, now: datetime) -> int:
        """How many messages may still be sent now."""
        grants = (self._event, self._message)
        return sum(grant.left for grant in grants if grant and grant.until > now)


def _grant(allowed: tuple[float, int], now: datetime) -> Grant:
    seconds, messages = allowed
    return Grant(now + timedelta(seconds=seconds), messages)
