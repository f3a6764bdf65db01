"""Waiting for what comes into a simulated customer's chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class News:
    """Tells those who wait that the chat has changed."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def tell(self, *_: object) -> None:
        """Something came; whatever a listener is told of it is passed over."""
        self._changed.set()

    async def until(self, found: Callable[[], list[T]], count: int, seconds: float) -> list[T]:
        """What is `found`, once it is `count` of them; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while len(there := found()) < count:
                self._changed.clear()
                await self._changed.wait()
        return there
