"""The experts' desk (G5, D3): asked by colleagues, devices that came back, knowledge to work on."""

from __future__ import annotations

import re
from collections.abc import Callable

from handlers.life import Actor, move_and_tell
from storage import Store, Tx
from tests.api.conftest import open_order
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work, out


async def test_an_expert_is_asked_and_advises(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G5: what was given to the experts comes with its file; advice is for colleagues alone."""
    ann = await at_work(browsers(), store, clock, add("ann"))
    sage = await at_work(browsers(), store, clock, add("sage", "expert", "老周"))
    talk = arrives(store, clock, "主板换过还是E1，电话13800001111", name="王芳")
    other = arrives(store, clock, "发票", peer="other", name="别的客户")
    await ann.post(f"/talks/{talk}/move/take")
    await ann.post(f"/talks/{talk}/say", kind="note", text="第三次了，要不要换整机？", key="n1")
    assert (await ann.get("/experts")).status_code == 403
    assert "王芳" not in (await sage.get("/experts")).text
    button = re.search(r'name="skill" value="(\w+)"', (await ann.get(f"/talks/{talk}")).text)
    assert button is not None
    await ann.post(f"/talks/{talk}/move/refer", skill=button[1])
    page = (await sage.get("/experts")).text
    for words in (
        "王芳",
        "第三次了，要不要换整机？",
        "李娜",
        f'action="/console/talks/{talk}/move/take"',
        "138****1111",
    ):
        assert words in page, words
    assert f"/talks/{other}" not in page
    await sage.post(f"/talks/{talk}/say", kind="note", text="先量压缩机电流", key="a1")
    assert out(store) == []
    assert "先量压缩机电流" in (await ann.get(f"/talks/{talk}")).text
    await sage.post(f"/talks/{talk}/move/take")
    live = (await sage.get("/experts/live")).text
    assert ("老周" in live, "move/take" in live) == (True, False)


async def test_what_came_back_and_what_the_base_lacks(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G5, D3: open orders of a second round, and questions that no article answered, without numbers."""
    add(role="expert")
    await browser.sign_in()
    once, again = open_order(store, "a"), open_order(store, "b")

    def work(tx: Tx) -> None:
        boss, order = Actor("supervisor", "eve"), tx.orders.find(again.number)
        assert order is not None
        move_and_tell(tx, order, "escalate", boss, "third time", clock())
        tx.knowledge.gap("怎么关童锁，我电话13800001111", "zh", None, again.conversation_id, clock())

    store.run(work)
    page = (await browser.get("/experts")).text
    assert (once.number in page, again.number in page) == (False, True)
    assert "怎么关童锁" in page
    assert "13800001111" not in page
