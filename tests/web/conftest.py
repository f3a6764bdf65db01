"""The web chat on a remembering desk, called in process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.channels.web import Limits, WebChannel
from bot.channels.web.limits import Rate
from bot.channels.web.testing import RememberingDesk
from bot.messages import Button, Inbound, Reply

NOW = datetime(2026, 3, 15, 1, 30, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
JPEG = b"\xff\xd8\xff\xe0" + bytes(64)


@dataclass
class Ticks:
    """A monotonic clock that a test moves."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def echo(inbound: Inbound) -> tuple[Reply, ...]:
    """Says what it heard and offers two buttons."""
    heard = inbound.text or inbound.payload or inbound.choice or "a file or a place"
    return (Reply(f"heard {heard}", (Button("Yes", "/affirm"), Button("No", "/deny"))),)


@dataclass
class Chat:
    """One web channel with its desk, clock and folder."""

    web: WebChannel
    desk: RememberingDesk
    ticks: Ticks
    media: Path
    app: FastAPI
    clients: list[httpx.AsyncClient]

    async def visitor(self, **options: Any) -> httpx.AsyncClient:
        """Somebody who has opened the page."""
        client = self.stranger(**options)
        page = await client.get("/chat")
        assert page.status_code == 200
        return client

    def stranger(self, **options: Any) -> httpx.AsyncClient:
        """Somebody who has not."""
        transport = httpx.ASGITransport(self.app)
        client = httpx.AsyncClient(transport=transport, base_url="http://desk.test", **options)
        self.clients.append(client)
        return client

    def peer(self) -> str:
        """The only visitor who has written."""
        (peer,) = self.desk.lines
        return peer


@pytest.fixture
async def open_chat(tmp_path: Path) -> AsyncIterator[Callable[..., Chat]]:
    """Makes a chat; options go to the channel."""
    clients: list[httpx.AsyncClient] = []

    def make(**options: Any) -> Chat:
        desk, ticks = RememberingDesk(echo), Ticks()
        web = WebChannel(
            desk,
            tmp_path / "media",
            lambda: NOW,
            {"zh": "宝修", "en": "Baoxiu"},
            "400-800-1234",
            monotonic=ticks,
            **options,
        )
        app = FastAPI()
        app.include_router(web.router(desk))
        return Chat(web, desk, ticks, tmp_path / "media", app, clients)

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
def chat(open_chat: Callable[..., Chat]) -> Chat:
    """A chat with the ordinary limits."""
    return open_chat()


@pytest.fixture
def tight() -> Limits:
    """Limits that a test reaches quickly."""
    return Limits(messages=Rate(3, 0.5), files=Rate(2, 0.5), address_messages=Rate(5, 1), visitor_streams=2)


@pytest.fixture
def png() -> bytes:
    """The beginning of a PNG."""
    return PNG


@pytest.fixture
def jpeg() -> bytes:
    """The beginning of a JPEG."""
    return JPEG
