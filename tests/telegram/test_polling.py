"""Long polling acknowledges only what is durable, keeps each chat's order, and gets past trouble (I1, I2)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog.testing

from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.polling import Patience
from bot.channels.testing import RecordingDesk
from bot.messages import Inbound, Taken
from bot.simulators.telegram import Customer, Fail, TelegramSimulator
from storage import StoreUnavailable

Eventually = Callable[[Callable[[], Any]], Awaitable[None]]
QUICK = Patience(batch=0.2, first_pause=0.01, longest_pause=0.05, attempts=3, farewell=2.0)
MakeChannel = Callable[..., TelegramChannel]


class GatedDesk(RecordingDesk):
    """Turns become durable only when the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.asked: list[str] = []

    async def receive(self, inbound: Inbound) -> Taken:
        self.asked.append(inbound.text)
        await self.gate.wait()
        return await super().receive(inbound)


class FailingDesk(RecordingDesk):
    """Raises `problem` for texts that begin with "bad", as long as `broken`."""

    def __init__(self, problem: Exception) -> None:
        super().__init__()
        self.problem = problem
        self.broken = True
        self.tries = 0

    async def receive(self, inbound: Inbound) -> Taken:
        if self.broken and inbound.text.startswith("bad"):
            self.tries += 1
            raise self.problem
        return await super().receive(inbound)


def texts(desk: RecordingDesk) -> list[str]:
    return [inbound.text for inbound in desk.received]


async def test_messages_come_in_order_and_are_acknowledged(
    channel: TelegramChannel, desk: RecordingDesk, platform: TelegramSimulator, customer: Customer,
    eventually: Eventually,
) -> None:  # fmt: skip
    for number in range(250):
        customer.says(str(number))
    await channel.start(desk)
    await eventually(lambda: not platform.inbox.waiting)
    assert texts(desk) == [str(number) for number in range(250)]
    assert desk.repeated == []


async def test_nothing_is_acknowledged_before_it_is_durable(
    channel: TelegramChannel, platform: TelegramSimulator, customer: Customer, eventually: Eventually
) -> None:
    desk = GatedDesk()
    customer.says("一")
    customer.says("二")
    await channel.start(desk)
    await eventually(lambda: desk.asked)
    await asyncio.sleep(0.3)  # several polls
    assert len(platform.inbox.waiting) == 2
    assert desk.asked == ["一"]  # the second waits for the first
    desk.gate.set()
    await eventually(lambda: not platform.inbox.waiting)
    assert texts(desk) == ["一", "二"]


async def test_dying_before_the_turn_is_durable_loses_nothing(
    make_channel: MakeChannel, platform: TelegramSimulator, customer: Customer, eventually: Eventually
) -> None:
    customer.says("重要")
    first, dying = make_channel(), GatedDesk()
    await first.start(dying)
    await eventually(lambda: dying.asked)
    for task in first._tasks:  # as kill -9 would: no farewell
        task.cancel()
    assert len(platform.inbox.waiting) == 1
    second, desk = make_channel(), RecordingDesk()
    await second.start(desk)
    await eventually(lambda: not platform.inbox.waiting)
    assert texts(desk) == ["重要"]
    for line in first._poller._lines:  # type: ignore[union-attr]
        line.cancel()


async def test_dying_after_the_turn_brings_it_again_with_the_same_id(
    make_channel: MakeChannel, desk: RecordingDesk, platform: TelegramSimulator, customer: Customer,
    eventually: Eventually,
) -> None:  # fmt: skip
    """T2: the repeated update is recognised."""
    customer.says("一次")
    platform.faults.repeat_updates(1)
    await make_channel().start(desk)
    await eventually(lambda: desk.repeated)
    assert texts(desk) == ["一次"]


async def test_stopping_acknowledges_what_is_durable(
    channel: TelegramChannel, desk: RecordingDesk, platform: TelegramSimulator, customer: Customer,
    eventually: Eventually,
) -> None:  # fmt: skip
    customer.says("最后一句")
    await channel.start(desk)
    await eventually(lambda: desk.received)
    await channel.stop()
    assert platform.inbox.waiting == []


async def test_one_slow_chat_does_not_hold_up_the_others(
    channel: TelegramChannel, platform: TelegramSimulator, customer: Customer, eventually: Eventually
) -> None:
    desk = GatedDesk()
    customer.says("等待")
    await channel.start(desk)
    await eventually(lambda: desk.asked)
    other = platform.customer("小王")
    other.says("新的")
    await eventually(lambda: "新的" in desk.asked)
    assert len(platform.inbox.waiting) == 2
    desk.gate.set()
    await eventually(lambda: not platform.inbox.waiting)


async def test_while_the_store_is_away_updates_wait_for_it(
    channel: TelegramChannel, platform: TelegramSimulator, customer: Customer, eventually: Eventually
) -> None:
    desk = FailingDesk(StoreUnavailable("away"))
    customer.says("bad day")
    customer.says("然后")
    await channel.start(desk)
    await eventually(lambda: desk.tries > 5)  # more often than a broken turn is tried
    assert len(platform.inbox.waiting) == 2
    desk.broken = False
    await eventually(lambda: not platform.inbox.waiting)
    assert texts(desk) == ["bad day", "然后"]


async def test_an_update_that_breaks_the_turn_is_given_up_loudly(
    channel: TelegramChannel, platform: TelegramSimulator, customer: Customer, counted: Counter[str],
    eventually: Eventually,
) -> None:  # fmt: skip
    desk = FailingDesk(KeyError("bug"))
    customer.says("bad luck")
    customer.says("还在吗")
    with structlog.testing.capture_logs() as logs:
        await channel.start(desk)
        await eventually(lambda: not platform.inbox.waiting)
    assert texts(desk) == ["还在吗"]
    assert desk.tries == 3
    assert counted["telegram.update_given_up"] == 1
    assert "telegram.update_given_up" in [entry["event"] for entry in logs]
    assert "bad luck" not in str(logs)


async def test_a_malformed_update_is_acknowledged_and_counted(
    channel: TelegramChannel, desk: RecordingDesk, platform: TelegramSimulator, customer: Customer,
    counted: Counter[str], eventually: Eventually,
) -> None:  # fmt: skip
    platform.inbox.put("message", {"chat": {"id": "?"}, "from": [], "text": 5})
    platform.inbox.put("channel_post", {"message_id": 1})
    customer.says("还好")
    await channel.start(desk)
    await eventually(lambda: texts(desk) == ["还好"] and not platform.inbox.waiting)
    assert counted["telegram.malformed"] == 1


@pytest.mark.parametrize(
    "fault",
    [Fail(500), Fail(502, "Bad Gateway"), Fail(429, "Too Many Requests", 1), Fail(401, "Unauthorized")],
)
async def test_polling_survives_what_telegram_answers(
    fault: Fail, channel: TelegramChannel, desk: RecordingDesk, platform: TelegramSimulator,
    customer: Customer, eventually: Eventually,
) -> None:  # fmt: skip
    platform.faults.next("getUpdates", fault)
    platform.faults.next("deleteWebhook", fault)
    platform.faults.next("setMyCommands", fault, fault)
    customer.says("在吗")
    await channel.start(desk)
    await eventually(lambda: texts(desk) == ["在吗"])
    await eventually(lambda: set(platform.commands) == {"", "zh"})


async def test_a_webhook_set_by_somebody_is_taken_away(
    channel: TelegramChannel, desk: RecordingDesk, platform: TelegramSimulator, customer: Customer,
    eventually: Eventually,
) -> None:  # fmt: skip
    """Webhook and getUpdates exclude each other."""
    platform.courier.set("http://127.0.0.1:9/", "", 1)
    await channel.start(desk)
    await eventually(lambda: not platform.courier.url)
    platform.courier.set("http://127.0.0.1:9/", "", 1)  # while we poll
    platform.inbox.put("message", {})  # ends the long poll
    await eventually(lambda: not platform.courier.url)
    customer.says("在吗")
    await eventually(lambda: texts(desk) == ["在吗"])


async def test_the_commands_are_registered_in_both_languages(
    channel: TelegramChannel, desk: RecordingDesk, platform: TelegramSimulator, eventually: Eventually
) -> None:
    await channel.start(desk)
    await eventually(lambda: set(platform.commands) == {"", "zh"})
    names = [command["command"] for command in platform.commands["zh"]]
    assert names == ["start", "report", "track", "agent", "cancel", "help"]
    assert platform.commands["zh"][1]["description"] == "报修"
    assert platform.commands[""][1]["description"] == "Report a fault"


async def test_after_a_quiet_week_telegram_may_start_with_lower_numbers(
    make_channel: MakeChannel, desk: RecordingDesk, platform: TelegramSimulator, customer: Customer,
    eventually: Eventually,
) -> None:  # fmt: skip
    """update_id may jump: an old offset must not hide new updates."""
    customer.says("上周")
    await make_channel(patience=replace(QUICK, long_poll=0.0)).start(desk)
    await eventually(lambda: platform.calls and "offset" in platform.calls[-1][1])
    await eventually(lambda: "offset" not in platform.calls[-1][1])
    platform.inbox._next = 5
    customer.says("这周")
    await eventually(lambda: texts(desk) == ["上周", "这周"])
