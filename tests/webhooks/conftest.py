"""A receiver of webhooks on this machine that may be slow, broken or gone; the settings that name it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.webhooks.signing import new_secret
from handlers.webhooks.settings import Receiver, WebhookSettings

SECRET = new_secret()


@dataclass(slots=True)
class Listener:
    """What arrived, and how the next requests are answered: a status, `drop`, or seconds to wait."""

    port: int = 0
    arrived: list[dict[str, Any]] = field(default_factory=list)
    answers: list[int | str | float] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hooks"

    def moves(self) -> list[str]:
        """The moves it was told of, in order."""
        return [one["body"]["data"]["move"]["move"] for one in self.arrived if "move" in one["body"]["data"]]

    async def take(self, request: web.Request) -> web.Response:
        """Take a webhook and answer as planned."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            raw = await request.read()
            told = {
                "headers": dict(request.headers),
                "raw": raw,
                "body": json.loads(raw),
                "path": request.path,
            }
            self.arrived.append(told)
            answer = self.answers.pop(0) if self.answers else 200
            if isinstance(answer, float):
                await asyncio.sleep(answer)
                answer = 200
            if answer == "drop":
                assert request.transport is not None
                request.transport.close()
                return web.Response()
            return web.Response(status=int(answer), headers=self.headers)
        finally:
            self.at_once -= 1


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """A receiver that listens."""
    found = Listener()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.port = runner.addresses[0][1]
    yield found
    await runner.cleanup()


def told(url: str, name: str = "crm", **values: Any) -> Receiver:
    """A receiver's settings."""
    return Receiver.model_validate({"name": name, "url": url, "secret": SECRET, **values})


def settings_of(*receivers: Receiver, **values: Any) -> WebhookSettings:
    """The section with those receivers."""
    return WebhookSettings(receivers=receivers, **values)
