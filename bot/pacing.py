"""Pacing: how fast an account and each of its chats may be written to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.channels.protocol import Pacing

if TYPE_CHECKING:
    from storage.outbox import OutboxRow

REMEMBER = 10_000  # chats whose last message is remembered


class Bucket:
    """A token bucket: `burst` at once, then one every `interval` seconds."""

    def __init__(self, interval: float, burst: float) -> None:
        self.interval = interval
        self.burst = burst
        self._free_at: float | None = None  # when the bucket is full again, seconds of the caller's clock

    def wait(self, now: float) -> float:
        """Seconds until one may pass; 0 means now."""
        if self.interval <= 0 or self._free_at is None:
            return 0.0
        return max(0.0, self._free_at - self.interval * (self.burst - 1) - now)

    def take(self, now: float) -> None:
        """Let one pass."""
        self._free_at = max(self._free_at or now, now) + self.interval


class Pace:
    """The buckets of one account."""

    def __init__(self, pacing: Pacing) -> None:
        self._pacing = pacing
        interval = 1.0 / pacing.per_second
        self._account = Bucket(interval, max(1.0, pacing.per_second))
        self._chats: dict[int, Bucket] = {}

    def choose(self, heads: Sequence[OutboxRow], now: datetime) -> tuple[list[OutboxRow], float]:
        """The rows that may be sent now, and seconds until another may."""
        at = now.timestamp()
        chosen: list[OutboxRow] = []
        soonest = float("inf")
        for row in heads:
            if (wait := self._account.wait(at)) > 0:
                soonest = min(soonest, wait)
                break
            chat = self._chat(row.conversation_id, at)
            if chat is not None and (wait := chat.wait(at)) > 0:
                soonest = min(soonest, wait)
                continue
            self._account.take(at)
            if chat is not None:
                chat.take(at)
            chosen.append(row)
        return chosen, soonest

    def _chat(self, conversation_id: int, at: float) -> Bucket | None:
        if self._pacing.chat_interval <= 0:
            return None
        if len(self._chats) > REMEMBER:
            self._chats = {key: chat for key, chat in self._chats.items() if chat.wait(at) > 0}
        new = Bucket(self._pacing.chat_interval, self._pacing.chat_burst)
        return self._chats.setdefault(conversation_id, new)
