"""One conversation's page (G2): players, places, the platform's limit, the customer's other conversations."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.channels.protocol import Channel
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.parts import parts_of
from bot.channels.wechat.channel import WeChatChannel
from bot.channels.wechat.outgoing import messages
from bot.channels.wecom.channel import WeComChannel
from bot.console import reading
from bot.messages import Address, Attachment, Delivery, Location, Reply
from storage import Store, Tx
from storage.schema import conversations
from storage.windows import ReplyWindow
from tests.conftest import Clock
from tests.console.conftest import Add, Browser, Web
from tests.console.test_pages import arrives, at_work


async def test_what_customers_send_is_heard_and_found(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2, I3: voice has a player, a place a link to the map, once the conversation is the agent's own."""
    ann = await at_work(browser, store, clock, add())
    voice = (Attachment("voice", "ref"),)
    talk = arrives(
        store, clock, attachments=voice, location=Location(31.2304, 121.4737, "上海市黄浦区人民大道")
    )
    store.run(lambda tx: tx.attachments.change(tx.attachments.of_conversation(talk)[0].id, state="stored"))
    before = (await ann.get(f"/talks/{talk}")).text
    assert ("<audio" in before, "接入会话后可看" in before) == (False, True)
    assert "openstreetmap" not in before
    await ann.post(f"/talks/{talk}/move/take")
    mine = (await ann.get(f"/talks/{talk}/live")).text
    assert "mlat=31.2304&amp;mlon=121.4737" in mine
    assert "<audio controls" in mine


async def test_all_that_was_ever_said_is_found(
    store: Store, clock: Clock, browser: Browser, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G2: the last messages, earlier ones on request, a link to each; only what was shown counts as seen."""
    monkeypatch.setattr(reading, "LINES", 4)
    monkeypatch.setattr(reading, "MOST", 6)
    ann = await at_work(browser, store, clock, add())
    for number in range(1, 12):
        talk = arrives(store, clock, f"第{number}句")
    place = f"/talks/{talk}"

    def shown(page: str) -> list[int]:
        return [int(one) for one in re.findall(r'id="m-(\d+)"', page)]

    page = (await ann.get(place)).text
    assert (shown(page), "data-from" in page) == ([8, 9, 10, 11], True)
    earlier = re.search(r'href="/console(/talks/\d+\?view=\w+&amp;from=(\d+))#m-8"', page)
    assert earlier is not None
    assert earlier[2] == "4"
    for path in (earlier[1].replace("&amp;", "&"), f"{place}/live?from=4"):
        page = (await ann.get(path)).text
        assert (shown(page), 'data-seen="9"' in page) == ([4, 5, 6, 7, 8, 9], True)
        assert ("第3句" in page, "跳到最新消息" in page) == (False, True)
    page = (await ann.get(f"{place}?from=1")).text
    assert (shown(page), 'id="earlier"' in page) == ([1, 2, 3, 4, 5, 6], False)
    for odd in ("99", "0", "x", "-1", "9" * 30):
        assert shown((await ann.get(f"{place}?from={odd}")).text) == [8, 9, 10, 11]
    refused = await ann.post(f"{place}/move/take")
    assert refused.status_code == 303
    assert (await ann.post(f"{place}/move/resolve", seen="9")).status_code == 409  # 10 and 11 were not shown


async def test_whose_it_is_not_is_said_beside_the_composer(
    store: Store, clock: Clock, browsers: Callable[[], Browser], add: Add
) -> None:
    """G2: nobody writes half a reply before they hear that a colleague has the customer."""
    ann = await at_work(browsers(), store, clock, add())
    bob = await at_work(browsers(), store, clock, add("wang.lei", "agent", "王磊"))
    place = f"/talks/{arrives(store, clock)}"
    banner = "会话不在您手上"
    assert banner in (await ann.get(place)).text
    await ann.post(f"{place}/move/take")
    assert banner not in (await ann.get(f"{place}/live")).text
    assert banner in (await bob.get(f"{place}/live")).text


async def test_how_long_a_reply_may_be(
    store: Store, clock: Clock, browser: Browser, add: Add, web: Web
) -> None:
    """G2: the composer knows how the conversation's channel counts, and what the desk takes."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    assert "data-limit" not in (await ann.get(f"/talks/{talk}")).text
    web.text_limit = WeChatChannel.text_limit
    page = (await ann.get(f"/talks/{talk}")).text
    assert 'data-longest="4000" data-limit="2048" data-counts="bytes"' in page


@pytest.mark.parametrize("channel", [TelegramChannel, WeChatChannel, WeComChannel])
def test_channels_split_where_they_say(channel: type[Channel]) -> None:
    """A1: what a channel says one message holds is what it puts into one."""
    limit = channel.text_limit
    assert limit is not None

    def sent(text: str) -> int:
        delivery = Delivery(1, "k", Address(channel.name, "a", "1"), 1, Reply(text))
        return len(parts_of(delivery, 1, None) if limit.counts == "utf16" else messages(delivery, False))

    for sign, size in (("a", 1), ("\U0001f642", 2)) if limit.counts == "utf16" else (("a", 1), ("\u6c49", 3)):
        room = limit.most // size
        assert [sent(sign * room), sent(sign * (room + 1))] == [1, 2]


async def test_the_limit_and_the_other_conversations(
    store: Store, clock: Clock, browser: Browser, add: Add
) -> None:
    """G2, A5: how many messages within how many hours; other chats of the customer, not of anybody else."""
    ann = await at_work(browser, store, clock, add())
    talk = arrives(store, clock)
    arrives(store, clock, peer="somebody else")

    def work(tx: Tx) -> int:
        tx.windows.put(talk, ReplyWindow(clock(), clock() + timedelta(hours=41, minutes=5), 3))
        other = tx.conversations.enter("wechat", "main", "w", clock())
        mine = tx.conversations.get(talk).customer_id
        there = conversations.c.id == other.id
        tx.execute(conversations.update().where(there).values(customer_id=mine))
        return other.id

    other = store.run(work)
    page = (await ann.get(f"/talks/{talk}/live")).text
    assert "还能发 3 条，41 小时内有效" in page
    page = (await ann.get(f"/talks/{talk}/side")).text
    assert page.count('href="/console/talks/') == 1
    assert f'href="/console/talks/{other}"' in page
    clock.now += timedelta(hours=42)
    await ann.sign_in()
    assert "现在发不出去" in (await ann.get(f"/talks/{talk}/live")).text
