"""Parts that pages fetch by themselves are made one by one: what somebody waits for is not behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Depends, Request


class Turnstile:
    """Lets one through at a time; a person's own request passes beside it."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(1)

    async def __call__(self, request: Request) -> AsyncIterator[None]:
        """The dependency of a route; it is left before the answer is sent, however slowly that is read."""
        if request.headers.get("hx-request") != "true" or request.query_params.get("typed"):
            yield
            return
        async with self._free:
            yield

    @property
    def each(self) -> list[Any]:
        """What a route names among its dependencies."""
        return [Depends(self, scope="function")]
