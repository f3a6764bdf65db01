"""The agents' group is the same desk whichever way Telegram's updates come: asked for, or brought (G3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram import TelegramChannel
from bot.channels.testing import RecordingDesk
from bot.messages import Attachment
from bot.simulators.telegram import TelegramSimulator
from storage import Store
from tests.conftest import Clock
from tests.telegram.floor import Floor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SECRET = "a-secret-of-the-webhook"


@pytest.fixture(params=["polling", "webhook"])
async def busy(
    request: pytest.FixtureRequest, store: Store, clock: Clock, platform: TelegramSimulator,
    make_channel: Callable[..., TelegramChannel], serving: Any, tmp_path: Path,
) -> AsyncIterator[Floor]:  # fmt: skip
    """The group with its desk, which hears of it in one of the two ways."""
    channel, customers = make_channel(mode=request.param, secret=SECRET), RecordingDesk()
    floor = Floor(store, clock, platform, platform.group("客服"), channel, tmp_path)
    async with AsyncExitStack() as stack:
        if request.param == "webhook":
            address = await stack.enter_async_context(serving(channel.router(customers)))
            platform.courier.set(f"{address}/webhooks/telegram", SECRET, 40)
            stack.push_async_callback(platform.courier.stop)
        await channel.start(customers)
        yield floor
        assert customers.received == []  # what members do is no customer's message


async def until(floor: Floor, holds: Callable[[], Any]) -> None:
    """The desk works on until that is so."""
    async with asyncio.timeout(5):
        while not holds():
            if await floor.desk.postman.step():
                floor.clock.forward(seconds=1)
                await asyncio.sleep(0.005)


def pinned(floor: Floor, talk: int) -> Callable[[], bool]:
    """Whether the conversation has its topic with its summary."""
    return lambda: bool(floor.group.topics) and bool(floor.group.topics[floor.thread(talk)].pinned)


def said(floor: Floor, talk: int, words: str) -> Callable[[], bool]:
    """Whether the topic says that."""
    return lambda: bool(floor.group.topics) and any(words in one for one in floor.texts(talk))


async def test_a_conversation_from_the_queue_to_its_end(busy: Floor) -> None:
    """G3: taken, answered, noted, refused, given on, handed back and settled by what members do."""
    li, zhao, talk = busy.agent("li.na", shown="李娜"), busy.agent("zhao", shown="赵敏"), busy.customer()
    theirs = busy.store.run(lambda tx: tx.telegram_links.user(str(zhao.id)))
    assert theirs is not None
    busy.store.run(lambda tx: tx.presence.put(theirs.id, "online", busy.clock()))
    busy.asks(talk)
    await until(busy, pinned(busy, talk))
    thread = busy.thread(talk)
    li.says("// 老客户", thread)
    li.taps("接入", thread)
    li.says("您好，我来处理", thread)
    await until(busy, lambda: busy.outgoing(talk) == ["您好，我来处理"])
    zhao.says("我也来", thread)
    await until(busy, said(busy, talk, "李娜 已经接了"))
    busy.says(talk, "还漏水", Attachment("photo", "media1", mime="image/jpeg"))
    await until(busy, said(busy, talk, "还漏水"))
    li.taps("转接", thread)
    await until(busy, said(busy, talk, "转给谁"))
    li.taps("赵敏", thread)
    await until(busy, lambda: busy.owner(talk) == ("agent", theirs.id))
    zhao.says("我接着跟进", thread)
    await until(busy, lambda: busy.outgoing(talk)[-1] == "我接着跟进")
    zhao.taps("解决", thread)
    await until(busy, lambda: busy.group.topics[thread].closed)
    assert busy.owner(talk) == ("closed", None)
    assert busy.outgoing(talk) == ["您好，我来处理", "我接着跟进"]
    notes = busy.store.run(lambda tx: [one.text for one in tx.notes.of(talk)])
    assert notes == ["老客户"]


async def test_what_comes_twice_is_done_once_and_strangers_do_nothing(busy: Floor) -> None:
    """G3, T10: Telegram repeats updates; whoever has no account here writes to no customer."""
    li, talk = busy.agent("li.na"), busy.customer()
    stranger = busy.platform.member(busy.group, "别人")
    busy.asks(talk)
    await until(busy, pinned(busy, talk))
    busy.platform.faults.repeat_updates(2)
    stranger.says("我来", busy.thread(talk))
    li.says("您好", busy.thread(talk))
    await until(busy, lambda: busy.outgoing(talk) and not busy.platform.inbox.waiting)
    await until(busy, said(busy, talk, "/link"))
    assert busy.outgoing(talk) == ["您好"]
    assert sum("/link" in one for one in busy.texts(talk)) == 1
    li.taps("交还机器人", busy.thread(talk))
    await until(busy, lambda: busy.owner(talk) == ("bot", None))


async def test_an_account_is_linked_and_a_file_reaches_the_customer(busy: Floor) -> None:
    """G3: the code is sent in a private chat; what a member puts into the topic goes on as a file."""
    talk, user = busy.customer(), busy.user("li.na", shown="李娜")
    li = busy.platform.member(busy.group, "娜")
    private = busy.platform.find(li.id)
    assert private is not None
    private.says(f"/link {busy.code(user)}")
    await until(busy, lambda: busy.store.run(lambda tx: tx.telegram_links.user(str(li.id))))
    busy.asks(talk)
    await until(busy, pinned(busy, talk))
    li.sends_photo(busy.thread(talk), b"\xff\xd8\xff photo", "请看")
    await until(busy, lambda: busy.outgoing(talk))
    assert busy.outgoing(talk) == ["请看"]
