"""A simulated customer's chat as a row of bubbles, as WeChat and WeCom have it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.simulators.bubbles import Author, Bubble, Via
from bot.simulators.news import News

KEPT_BUBBLES = 500


class Thread:
    """The bubbles of one chat, the latest `KEPT_BUBBLES` of them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.transcript: list[Bubble] = []
        self._clock = clock
        self._numbers = 0
        self._news = News()

    def put(
        self, author: Author, kind: str, text: str, via: Via,
        items: tuple[tuple[str, str], ...] = (), media: str = "",
    ) -> Bubble:  # fmt: skip
        """Add a bubble, and tell those who wait for it."""
        self._numbers += 1
        bubble = Bubble(self._numbers, author, kind, text, self._clock(), via, items, media)
        self.transcript.append(bubble)
        del self.transcript[:-KEPT_BUBBLES]
        self._news.tell()
        return bubble

    async def heard(self, count: int = 1, within: float = 5.0) -> list[Bubble]:
        """What came since the customer's last act, once there are `count` bubbles; TimeoutError."""
        return await self._news.until(self._since_last_act, count, within)

    def _since_last_act(self) -> list[Bubble]:
        found: list[Bubble] = []
        for bubble in reversed(self.transcript):
            if bubble.author == "customer":
                break
            found.append(bubble)
        return found[::-1]
