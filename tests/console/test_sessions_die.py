"""A new password or a reset ends every other browser (I3), those with an open live stream too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from bot.console import live
from bot.console.door import Guard
from bot.console.entering import Entrance
from bot.console.live import Hub, _stream
from bot.console.pages import Pages
from bot.console.parts import Parts
from bot.settings import Settings
from bot.voice import DeskVoice
from handlers.ownership import Taking
from storage import Store
from tests.api.conftest import dialogue
from tests.conftest import Clock
from tests.console.conftest import PASSWORD, Add, Browser
from tests.desks import desk_for


def parts_of(store: Store, clock: Clock) -> Parts:
    """What the console over that store is made of."""
    settings = Settings()
    entrance, service = Entrance(store, settings.console, clock), settings.service
    pages = Pages(service.name, service.zone, service.language)
    return Parts(
        store=store, settings=settings, clock=clock, entrance=entrance, guard=Guard(entrance, False),
        pages=pages, voice=DeskVoice(dialogue()), wake=lambda channel, account: None, taking=Taking(),
        desk_for=desk_for,
    )  # fmt: skip


def asking(browser: Browser) -> Request:
    """A request for the live stream by that browser."""
    cookie = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())
    return Request(
        {
            "type": "http", "method": "GET", "path": "/console/live", "route": SimpleNamespace(path="/live"),
            "headers": [(b"cookie", cookie.encode())],
        }
    )  # fmt: skip


async def _next(stream: AsyncIterator[str]) -> str:
    return await asyncio.wait_for(anext(stream), live.CHECK_SECONDS / 4)


async def test_sessions_and_streams_die_with_the_password(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """Chatwoot CVE-2021-3740: sessions survive a password change: other cookies and streams die at once."""
    add()
    mine, other = browsers(), browsers()
    await mine.sign_in()
    await other.sign_in()
    before = mine.http.cookies["baoxiu_console"]
    stream = _stream(parts := parts_of(store, clock), Hub(parts), asking(other))
    assert "resync" in await _next(stream)
    new = "battery staple"
    await mine.post("/account/password", old=PASSWORD, new=new, again=new)
    assert "signed-out" in await _next(stream)
    assert [one async for one in stream] == []
    assert (await other.get("/account")).status_code == 303
    assert (await mine.get("/account")).status_code == 200
    assert mine.http.cookies["baoxiu_console"] != before  # its own token is a new one too
    mine.http.cookies.set("baoxiu_console", before)
    assert (await mine.get("/account")).status_code == 303


async def test_a_busy_stream_is_asked_again(
    store: Store, clock: Clock, browser: Browser, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T16: much that changes does not keep a session's stream open after its end."""
    add()
    await browser.sign_in()
    parts = parts_of(store, clock)
    hub = Hub(parts)
    stream = _stream(parts, hub, asking(browser))
    await _next(stream)
    clock.forward(hours=13)
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.2)
    (page,) = hub._pages
    said = []
    for number in range(40):  # never quiet for so long
        page.put_nowait(live.News(number + 1, (7,)))
        said.append(await asyncio.wait_for(anext(stream), 5))
        if "signed-out" in said[-1]:
            break
        await asyncio.sleep(0.02)
    assert "event: changes" in said[0]
    assert "signed-out" in said[-1]
