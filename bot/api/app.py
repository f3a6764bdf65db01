"""The API behind its door. Its routes are made at the first request: most desks start without one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.api.door import Door, Receive, Scope, Send
from bot.api.service import Service
from bot.api.tokens import Keyring
from bot.api.uses import Uses


def build_api(service: Service) -> Door:
    """The ASGI application to be mounted at `PREFIX`."""

    def make() -> Any:
        from bot.api.routes import routes

        return routes(service)

    settings = service.settings.api
    keyring = Keyring(settings, service.settings.service.zone)
    return Door(Later(make), keyring, settings.max_body_bytes, service.clock, Uses(service.store))


class Later:
    """An ASGI application that is made, beside the loop, when it is first asked."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._made is None:
            async with self._making:
                self._made = self._made or await asyncio.to_thread(self._make)
        await self._made(scope, receive, send)
