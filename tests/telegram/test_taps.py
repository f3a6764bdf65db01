"""After a tap: the query is answered, the choice shown, the buttons gone; nothing waits for that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.channels.telegram import TelegramChannel
from bot.channels.testing import RecordingDesk
from bot.simulators.telegram import Customer, Delay, Fail, TelegramSimulator

Deliver = Callable[..., Awaitable[str | None]]
Eventually = Callable[[Callable[[], Any]], Awaitable[None]]


async def test_the_choice_is_shown_in_place_of_the_buttons(
    channel: TelegramChannel,
    desk: RecordingDesk,
    deliver: Deliver,
    customer: Customer,
    eventually: Eventually,
) -> None:
    """C10; every callback query is answered."""
    toasts: list[dict[str, Any]] = []
    customer.chat.listeners.append(lambda event, data: toasts.append(data) if event == "toast" else None)
    await deliver("解决了吗？", "是", "否", seq=9)
    await channel.start(desk)
    customer.taps("否")
    await eventually(lambda: toasts and "buttons" not in customer.heard[0])
    assert desk.received[0].choice == "9:1"
    assert customer.heard[0]["text"] == "解决了吗？\n\n✓ 否"
    assert toasts == [{"text": "✓ 否"}]


async def test_the_desk_has_the_choice_before_telegram_is_told(
    channel: TelegramChannel,
    platform: TelegramSimulator,
    deliver: Deliver,
    customer: Customer,
    eventually: Eventually,
) -> None:
    order: list[str] = []

    class Watching(RecordingDesk):
        async def receive(self, inbound: Any) -> Any:
            order.append("durable")
            return await super().receive(inbound)

    await deliver("解决了吗？", "是")
    platform.calls.clear()
    customer.chat.listeners.append(lambda event, data: order.append(event) if event == "toast" else None)
    await channel.start(Watching())
    customer.taps("是")
    await eventually(lambda: "toast" in order)
    assert order == ["durable", "toast"]


async def test_slow_or_refused_answers_delay_nobody(
    channel: TelegramChannel, desk: RecordingDesk, platform: TelegramSimulator, deliver: Deliver,
    customer: Customer, eventually: Eventually,
) -> None:  # fmt: skip
    await deliver("选一个", "甲", "乙")
    platform.faults.next("answerCallbackQuery", Delay(0.3))
    platform.faults.next("editMessageText", Fail(500), Delay(0.3))
    await channel.start(desk)
    customer.taps("甲")
    customer.says("后面的话")
    await eventually(lambda: len(desk.received) == 2)
    assert "buttons" in customer.heard[0] or platform.queries


async def test_a_second_tap_does_not_change_the_choice_that_is_shown(
    channel: TelegramChannel, desk: RecordingDesk, platform: TelegramSimulator, deliver: Deliver,
    customer: Customer, eventually: Eventually,
) -> None:  # fmt: skip
    await deliver("选一个", "甲", "乙")
    customer.taps("甲")
    customer.taps("乙")
    await channel.start(desk)
    await eventually(lambda: len(desk.received) == 2 and not platform.queries)
    await eventually(lambda: "buttons" not in customer.heard[0])
    assert customer.heard[0]["text"] == "选一个\n\n✓ 甲"


async def test_stale_and_strange_buttons_are_answered_too(
    channel: TelegramChannel, desk: RecordingDesk, platform: TelegramSimulator, customer: Customer,
    eventually: Eventually,
) -> None:  # fmt: skip
    """A stale button gets a polite answer: the turn's, and Telegram's spinner ends."""
    inaccessible = {"chat": customer.chat.as_json(), "message_id": 1, "date": 0}
    customer.presses("1:0", None)
    customer.presses("1:0", inaccessible)
    customer.presses("what is this", None)
    await channel.start(desk)
    await eventually(lambda: len(desk.received) == 3 and not platform.queries)
    assert [(one.choice, one.unsupported) for one in desk.received] == [
        ("1:0", None), ("1:0", None), (None, "button"),
    ]  # fmt: skip


async def test_buttons_below_a_picture_or_a_very_long_text_just_go(
    channel: TelegramChannel, desk: RecordingDesk, platform: TelegramSimulator, deliver: Deliver,
    customer: Customer, eventually: Eventually,
) -> None:  # fmt: skip
    await deliver("看图", "好", image="https://example.com/a.png")
    await deliver("长" * 4095, "行", key="k2")
    customer.taps("好", customer.heard[0]["message_id"])
    customer.taps("行", customer.heard[1]["message_id"])
    await channel.start(desk)
    await eventually(lambda: not any("buttons" in message for message in customer.heard))
    assert [message["text"] for message in customer.heard] == ["看图", "长" * 4095]
