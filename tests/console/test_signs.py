"""Who else looks or writes (G2): shown to colleagues, asked about before sending, over by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.messages import Address
from bot.voice import DeskVoice
from storage import Store
from storage.signs import CUSTOMER
from tests.conftest import Clock
from tests.console.conftest import Add, Browser
from tests.console.test_pages import arrives, at_work, out
from tests.spoken import dialogue


async def test_who_looks_and_who_writes(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: others see it at once where they look too, nobody else's page is woken; it ends by itself."""
    ann = await at_work(browsers(), store, clock, add())
    bob = await at_work(browsers(), store, clock, add("wang.lei", "agent", "王磊"))
    talk = arrives(store, clock)
    there, signs = f"/talks/{talk}/here", f"/talks/{talk}/signs"

    def news() -> int:
        return len(store.run(lambda tx: tx.live.recent(clock(), 0)))

    before = news()
    assert (await bob.post(there, writes="")).status_code == 204
    assert news() == before  # nobody else looks
    await bob.post(there, writes="1")
    assert news() == before + 1  # lists show it
    await ann.post(there, writes="")
    assert news() == before + 2
    assert "王磊 正在写回复" in (await ann.get(signs)).text
    assert "李娜 也在看" in (await bob.get(signs)).text
    assert (await ann.get(signs)).text.count("李娜") == 0
    await ann.post(there, writes="")
    assert news() == before + 2  # the same as before
    await bob.post(there, writes="")
    assert "王磊 也在看" in (await ann.get(signs)).text
    await bob.post(there, writes="1")
    clock.forward(seconds=11)
    assert "王磊 也在看" in (await ann.get(signs)).text
    await bob.post(there, gone="1")
    assert (await ann.get(signs)).text.strip() == ""
    store.run(lambda tx: tx.signs.show(talk, CUSTOMER, True, clock()))
    assert "客户正在输入" in (await ann.get(signs)).text
    clock.forward(minutes=1)
    assert (await ann.get(signs)).text.strip() == ""
    for path, form, status in (
        ("/talks/987654/here", {"writes": "1"}, 404),
        (there, {"who": "2"}, 422),
        (there, {"page": "a.b"}, 422),
        (there, {"page": "abcde"}, 422),
    ):
        assert (await ann.post(path, **form)).status_code == status


async def test_rows_show_who_types(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: the customer first, else a colleague, never oneself; in the last message's place, not for long."""
    ann = await at_work(browsers(), store, clock, add())
    bob = await at_work(browsers(), store, clock, add("wang.lei", "agent", "王磊"))
    talk = arrives(store, clock, "空调漏水")
    await ann.post(f"/talks/{talk}/here", page="a", writes="1")
    rows = "/list?view=unassigned"
    assert "李娜 正在输入…" in (await bob.get(rows)).text
    own = (await ann.get(rows)).text
    assert ("正在输入" in own, "空调漏水" in own) == (False, True)
    store.run(lambda tx: tx.signs.show(talk, CUSTOMER, True, clock()))
    shown = (await bob.get(rows)).text
    assert ("客户正在输入…" in shown, "李娜 正在输入" in shown, "空调漏水" in shown) == (True, False, False)
    clock.forward(seconds=11)
    assert "空调漏水" in (await bob.get(rows)).text


async def test_a_page_that_goes_takes_no_other_page_along(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: of one agent's two pages, and of the page they come from, whichever is heard last."""
    ann = await at_work(browsers(), store, clock, add())
    bob = await at_work(browsers(), store, clock, add("wang.lei", "agent", "王磊"))
    there = f"/talks/{arrives(store, clock)}/here"
    signs = there.replace("here", "signs")
    await ann.post(there, page="a1", writes="")
    await bob.post(there, page="1", writes="")
    await bob.post(there, page="2", writes="1")
    await bob.post(there, page="1", gone="1")
    shown = (await ann.get(signs)).text
    assert ("王磊 正在写回复" in shown, shown.count("王磊")) == (True, 1)
    await bob.post(there, page="1", writes="")
    assert "王磊 正在写回复" in (await ann.get(signs)).text
    await bob.post(there, page="2", gone="1")
    assert "王磊 也在看" in (await ann.get(signs)).text


async def test_a_reply_waits_where_a_colleague_writes(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: nothing is sent until the agent says so; notes, and their own other page, are no matter."""
    ann = await at_work(browsers(), store, clock, add())
    boss = await at_work(browsers(), store, clock, add("boss", "supervisor", "周敏"))
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/move/take")
    await ann.post(f"/talks/{talk}/here", writes="1")
    await boss.post(f"/talks/{talk}/here", writes="1")
    asked = await ann.post(f"/talks/{talk}/say", kind="reply", text="您好", key="k")
    assert (asked.status_code, "周敏" in asked.text, 'id="anyway"' in asked.text) == (422, True, True)
    assert out(store) == []
    assert (await ann.post(f"/talks/{talk}/say", kind="note", text="稍等", key="n")).status_code == 303
    assert (
        await ann.post(f"/talks/{talk}/say", kind="reply", text="您好", key="k", anyway="1")
    ).status_code == 303
    assert [words for _, words in out(store)] == ["您好"]
    clock.forward(seconds=11)
    assert (await ann.post(f"/talks/{talk}/say", kind="reply", text="在吗", key="l")).status_code == 303


async def test_an_open_page_is_nobody_at_work(store: Store, clock: Clock, browser: Browser, add: Add) -> None:
    """I3: what the page says by itself does not keep a session alive."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    for _ in range(5):
        clock.forward(minutes=30)
        last = await ann.post(f"/talks/{talk}/here", headers={"HX-Request": "true"}, writes="")
    assert last.status_code == 401


class Shows:
    """A channel that counts whom it shows that somebody writes."""

    name, account = "web", "web"

    def __init__(self) -> None:
        self.shown: list[Address] = []

    async def typing(self, address: Address) -> None:
        """Count it."""
        self.shown.append(address)


async def test_the_customer_sees_that_their_agent_writes(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G2: on their own channel, of the agent who has them and of nobody else, not of a page that is open."""
    channel = Shows()
    voice = DeskVoice(dialogue(), None, [channel])  # type: ignore[list-item]
    monkeypatch.setattr(DeskVoice, "typing", lambda _self, room, shows=voice.typing: shows(room))
    ann = await at_work(browsers(), store, clock, add())
    bob = await at_work(browsers(), store, clock, add("wang.lei", "agent", "王磊"))
    talk = arrives(store, clock)
    await ann.post(f"/talks/{talk}/here", writes="1")
    await ann.post(f"/talks/{talk}/move/take")
    await bob.post(f"/talks/{talk}/here", writes="1")
    await ann.post(f"/talks/{talk}/here", writes="")
    await asyncio.sleep(0)
    assert channel.shown == []
    await ann.post(f"/talks/{talk}/here", writes="1")
    await asyncio.sleep(0)
    assert channel.shown == [Address("web", "web", "wang")]
