"""The agents' group by long polling, and within Telegram's limit with files and orders that move (G3)."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.testing import RecordingDesk
from bot.messages import Attachment
from bot.simulators.telegram import Limits
from bot.simulators.telegram.limits import FloodControl
from handlers.life.moving import Actor, move
from storage import Tx
from storage.orders import Order
from tests.telegram.floor import Floor

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_members_are_heard_by_long_polling(floor: Floor) -> None:
    """G3: without a webhook the group's updates come by `getUpdates`, customers' go on to the desk."""
    li, talk, customers = floor.agent("li.na"), floor.customer(), RecordingDesk()
    floor.asks(talk)
    await floor.settle()
    await floor.channel.start(customers)
    try:
        li.says("您好", floor.thread(talk))
        async with asyncio.timeout(5):
            while floor.outgoing(talk) != ["您好"]:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            floor.platform.customer("小李").says("我要报修")
            while not customers.received:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
    finally:
        await floor.channel.stop()
    assert [one.text for one in customers.received] == ["我要报修"]


async def test_twenty_a_minute_hold_with_files(floor: Floor) -> None:
    """G3: files count as messages do: thirty of them take two minutes, nothing refused, lost or swapped."""
    floor.platform.flood = FloodControl(Limits(chat_burst=20), floor.clock)
    talk = floor.customer()
    floor.asks(talk)
    await floor.settle(2)
    for number in range(30):
        floor.says(talk, f"第{number}张", Attachment("photo", f"media{number}", mime="image/jpeg"))
        path = floor.shelf.new()
        path.write_bytes(b"\xff\xd8\xff photo %d" % number)
        floor.store.run(
            lambda tx, n=number, p=path: tx.attachments.change(n + 1, state="stored", file=p.name)  # type: ignore[misc]
        )
    before = len(floor.platform.calls)
    await floor.settle(55)
    assert len(floor.platform.calls) - before <= 20
    await floor.settle(240)
    said = floor.group.said_in(floor.thread(talk))[1:]
    photos = [floor.platform.files.find(one["photo"][0]["file_id"]) for one in said if "photo" in one]
    assert [one.content for one in photos if one] == [b"\xff\xd8\xff photo %d" % n for n in range(30)]
    assert floor.desk.postman.trouble is None


async def test_the_pinned_summary_follows_the_order(floor: Floor) -> None:
    """G3: an order that is opened and moves is seen in the one pinned summary, without a message more."""
    talk = floor.customer("王芳")
    floor.asks(talk)
    await floor.settle()
    topic = floor.group.topics[floor.thread(talk)]
    assert "服务单" not in floor.card(talk)

    def opens(tx: Tx) -> Order:
        room = tx.conversations.get(talk)
        return tx.orders.open(
            request_key="k", kind="fault", customer_id=room.customer_id, conversation_id=room.id,
            fields={"product": "refrigerator"}, local_day="20260302", now=floor.clock(),
        )  # fmt: skip

    order = floor.store.run(opens)
    await floor.settle(31)
    assert f"{order.number} 报修 · 已登记" in floor.card(talk)
    floor.store.run(lambda tx: move(tx, order, "take", Actor("agent", "li.na"), "", floor.clock()))
    await floor.settle(31)
    assert f"{order.number} 报修 · 已接单" in floor.card(talk)
    assert len(topic.pinned) == 1
    assert floor.texts(talk) == []
