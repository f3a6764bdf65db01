"""How fast a bot may send: one message a second to a chat, 30 a second overall, 20 a minute to a group."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.simulators.telegram.errors import flood

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages a second to one chat and overall, and how many may come at once before that counts.

    `per_group` messages may come to a group within a minute.

    `unlimited` is for measuring how fast a desk is.
    """

    per_chat: float = 1.0
    chat_burst: int = 5
    overall: float = 30.0
    overall_burst: int = 40
    per_group: int | None = 20

    @classmethod
    def unlimited(cls) -> Limits:
        """No limits at all."""
        return cls(math.inf, 1, math.inf, 1, None)


class Bucket:
    """Tokens that refill at `rate` a second up to `size`."""

    def __init__(self, rate: float, size: int, now: datetime) -> None:
        self._rate = rate
        self._size = size
        self._tokens = float(size)
        self._at = now

    def wait(self, now: datetime) -> float:
        """Seconds until a token is there; 0 when one is."""
        if math.isinf(self._rate):
            return 0.0
        passed = max((now - self._at).total_seconds(), 0.0)
        self._tokens = min(self._tokens + passed * self._rate, self._size)
        self._at = now
        return max((1.0 - self._tokens) / self._rate, 0.0)

    def take(self) -> None:
        """Use a token."""
        if not math.isinf(self._rate):
            self._tokens -= 1.0


class FloodControl:
    """Refuses with 429 and `retry_after` what comes too fast."""

    def __init__(self, limits: Limits, clock: Callable[[], datetime]) -> None:
        self._limits = limits
        self._clock = clock
        self._overall = Bucket(limits.overall, limits.overall_burst, clock())
        self._chats: dict[int, Bucket] = {}
        self._groups: dict[int, deque[datetime]] = defaultdict(deque)

    def check(self, chat: int) -> None:
        """Count one message to the chat; raises Refusal 429."""
        now = self._clock()
        if chat < 0:
            self._check_group(chat, now)
        if chat not in self._chats:
            self._chats[chat] = Bucket(self._limits.per_chat, self._limits.chat_burst, now)
        buckets = (self._chats[chat], self._overall)
        wait = max(bucket.wait(now) for bucket in buckets)
        if wait > 1e-6:
            raise flood(max(math.ceil(wait), 1))
        for bucket in buckets:
            bucket.take()

    def _check_group(self, group: int, now: datetime) -> None:
        """Of the last minute no more than so many."""
        most = self._limits.per_group
        if most is None:
            return
        sent = self._groups[group]
        while sent and now - sent[0] >= MINUTE:
            sent.popleft()
        if len(sent) >= most:
            raise flood(max(math.ceil((sent[0] + MINUTE - now).total_seconds()), 1))
        sent.append(now)
