"""What open pages are told (T15): everything once, by one look at the log for all of them, bursts too."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.console import live
from bot.console.live import Hub
from storage import Store
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives
from tests.console.test_sessions_die import asking, parts_of


def watchers() -> list[asyncio.Task[object]]:
    """The looks at the log that go on."""
    return [one for one in asyncio.all_tasks() if one.get_name() == "console.live"]


async def test_pages_that_come_at_once_share_one_look(store: Store, clock: Clock) -> None:
    """G2: after a restart every page reconnects at once; with the last page the looking ends."""
    hub = Hub(parts_of(store, clock))
    pages = await asyncio.gather(*(hub.join() for _ in range(5)))
    assert len(watchers()) == 1
    for page in pages:
        hub.leave(page)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert watchers() == []
    again = await hub.join()
    assert len(watchers()) == 1
    hub.leave(again)


async def test_a_burst_is_told_whole_and_so_is_what_follows(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T15: more changes at one moment than a look takes hold up nothing; nothing is told twice."""
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.01)
    talks = [arrives(store, clock, peer=f"p{number}") for number in range(2)]
    hub = Hub(parts_of(store, clock))
    one, other = await hub.join(), await hub.join()
    store.run(lambda tx: [tx.live.note([talks[0]], clock()) for _ in range(1100)])  # a look takes 1,000
    store.run(lambda tx: tx.live.note([talks[1]], clock()))
    for page in (one, other):
        found: list[int] = []
        async with asyncio.timeout(10):
            while talks[1] not in found:
                found += (await page.get()).changed
        assert set(found) == set(talks)
        assert found.count(talks[1]) == 1
    await asyncio.sleep(0.05)
    assert one.empty()
    hub.leave(one)
    hub.leave(other)


async def test_who_comes_back_is_there_at_once(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G4: a page that opens again just before its agent counts as gone keeps them, from that moment on."""
    user = add()
    await browser.sign_in()
    store.run(lambda tx: (tx.presence.put(user.id, "online", clock()), tx.presence.seen(user.id, clock())))
    clock.forward(seconds=89)
    found = live.router(parts_of(store, clock)).routes
    (endpoint,) = (one.endpoint for one in found if one.path == "/live")  # type: ignore[attr-defined]
    await endpoint(asking(browser))
    clock.forward(seconds=89)
    gone = clock() - timedelta(seconds=90)
    assert store.run(lambda tx: tx.presence.vanished(gone)) == []
