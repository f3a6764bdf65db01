"""How much one visitor and one address may send: token buckets on a monotonic clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, refilled by `per_second`."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Per visitor, and per network address (which the customers of a whole mobile network may share)."""

    messages: Rate = Rate(20, 1)
    files: Rate = Rate(10, 0.1)
    typing: Rate = Rate(5, 0.5)
    address_messages: Rate = Rate(1000, 50)
    address_files: Rate = Rate(100, 5)
    address_typing: Rate = Rate(500, 50)
    visitor_streams: int = 8
    all_streams: int = 5_000


class Buckets:
    """One bucket a key; full buckets are forgotten once there are many."""

    def __init__(self, rate: Rate, clock: Callable[[], float], remember: int = 20_000) -> None:
        self._rate = rate
        self._clock = clock
        self._remember = remember
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, key: str) -> float:
        """Take one; 0 when there was one, otherwise the seconds until there is."""
        now = self._clock()
        left = self._level(key, now)
        if left < 1:
            return (1 - left) / self._rate.per_second
        if len(self._left) >= self._remember:
            self._forget(now)
        self._left[key] = (left - 1, now)
        return 0.0

    def _level(self, key: str, now: float) -> float:
        left, since = self._left.get(key, (self._rate.burst, now))
        return min(self._rate.burst, left + (now - since) * self._rate.per_second)

    def _forget(self, now: float) -> None:
        full = [key for key in self._left if self._level(key, now) >= self._rate.burst]
        for key in full or list(self._left)[: max(1, self._remember // 10)]:
            del self._left[key]


class Doorkeeper:
    """Asks the visitor's and the address's bucket for each kind of request."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._buckets = {
            "messages": (Buckets(limits.messages, clock), Buckets(limits.address_messages, clock)),
            "files": (Buckets(limits.files, clock), Buckets(limits.address_files, clock)),
            "typing": (Buckets(limits.typing, clock), Buckets(limits.address_typing, clock)),
        }

    def wait(self, kind: str, peer: str, address: str) -> float:
        """0 when the request may pass, otherwise the seconds to wait."""
        by_visitor, by_address = self._buckets[kind]
        return by_visitor.wait(peer) or by_address.wait(address)
