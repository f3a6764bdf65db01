"""What agents are told of (G2, T16): of each kind what calls just now, gone when it is done."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from storage import Store, Tx
from storage.schema import handovers
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import HOSTILE, arrives, at_work


async def called(who: Browser) -> list[str]:
    """Kind and conversation of each alert, as the page has them."""
    answer = await who.get("/alerts")
    assert answer.status_code == 200
    return re.findall(r'data-key="(\w+:\d+):', answer.text)


async def test_each_kind_and_its_end(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2, T16: new, written, near, broken; only one's own, and gone with the work."""
    ann = await at_work(browsers(), store, clock, add("ann"))
    bob = await at_work(browsers(), store, clock, add("bob"))
    talk = arrives(store, clock, text="我的密码是 12345", name="王芳")
    for who in (ann, bob):
        page = (await who.get("/alerts")).text
        assert ("王芳 正在排队" in page, "12345" in page) == (True, False)  # never what was said
    first = re.findall(r'data-key="([^"]+)"', (await ann.get("/alerts")).text)
    clock.forward(minutes=1)
    assert re.findall(r'data-key="([^"]+)"', (await ann.get("/alerts")).text) == first  # told once
    await ann.post(f"/talks/{talk}/move/take")
    assert await called(bob) == []
    assert [one for one in await called(ann) if one.startswith("mine")] == [f"mine:{talk}"]
    await ann.get(f"/talks/{talk}")
    assert [one for one in await called(ann) if one.startswith("mine")] == []
    await ann.post(f"/talks/{talk}/say", kind="reply", text="您好", key="k1")
    assert await called(ann) == []

    def promised(minutes: int) -> None:
        def work(tx: Tx) -> None:
            due = clock().replace(microsecond=0)
            tx.execute(handovers.update().values(due_at=due + timedelta(minutes=minutes)))

        store.run(work)

    arrives(store, clock, text="还在吗")
    await ann.get(f"/talks/{talk}")
    promised(60)
    assert await called(ann) == []
    clock.forward(minutes=40)
    assert await called(ann) == [f"near:{talk}"]
    clock.forward(minutes=30)
    assert await called(ann) == [f"broken:{talk}"]
    assert await called(bob) == []
    store.run(lambda tx: tx.execute(handovers.update().values(due_at=None)))
    await ann.post(f"/talks/{talk}/move/release")
    assert await called(bob) == [f"new:{talk}"]
    again = re.findall(r'data-key="([^"]+)"', (await bob.get("/alerts")).text)
    assert again != first  # it waits anew
    await bob.post("/presence", state="away")
    assert await called(bob) == []


async def test_kinds_are_chosen_and_names_are_words(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2, T13: what one does not wish is not there; hostile names stay words."""
    ann = await at_work(browser, store, clock, add())
    for number, words in enumerate(HOSTILE):
        arrives(store, clock, peer=f"p{number}", name=words[:128])
    page = (await ann.get("/alerts")).text
    assert page.count("<li ") == len(HOSTILE)
    assert not re.search(r"<(script|img|a|div|textarea|svg)\b", page)
    assert "&lt;script&gt;" in page
    await ann.post("/account/preferences", tell_mine="1", sound="1")
    assert await called(ann) == []
    shown = (await ann.get("/")).text
    assert ("data-sound" in shown, "data-desktop" in shown) == (True, False)
