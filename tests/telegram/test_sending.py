"""Replies as Telegram customers see them (A1, C10), through the simulated Bot API over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.channels.protocol import OutcomeUnknown, Picture, Refused, TryLater
from bot.channels.telegram import TelegramChannel
from bot.messages import Address, Delivery, Enclosed, Reply
from bot.simulators.telegram import Customer, Delay, Fail, LoseAnswer, TelegramSimulator
from storage import StoreProblem

Deliver = Callable[..., Awaitable[str | None]]
PNG = b"\x89PNG\r\n\x1a\n picture"


def methods(platform: TelegramSimulator) -> list[str]:
    return [method for method, _ in platform.calls]


async def test_a_text_arrives_and_its_number_is_reported(deliver: Deliver, customer: Customer) -> None:
    number = await deliver("您好 <b>不是标记</b> https://example.com")
    assert customer.heard[-1]["text"] == "您好 <b>不是标记</b> https://example.com"
    assert number == str(customer.heard[-1]["message_id"])


async def test_link_previews_are_off(deliver: Deliver, platform: TelegramSimulator) -> None:
    await deliver("https://example.com")
    assert platform.calls[-1][1]["link_preview_options"] == {"is_disabled": True}


async def test_buttons_carry_the_choice_and_short_ones_share_a_row(
    deliver: Deliver, customer: Customer, platform: TelegramSimulator
) -> None:
    """callback_data has 1–64 bytes: it names the choice instead of holding the payload."""
    await deliver("哪一种？", "是", "否", "我想先问一个别的问题", "跳过", seq=123456)
    rows = customer.heard[-1]["buttons"]
    assert [[button["title"] for button in row] for row in rows] == [
        ["是", "否"], ["我想先问一个别的问题"], ["跳过"],
    ]  # fmt: skip
    markup = platform.calls[-1][1]["reply_markup"]["inline_keyboard"]
    assert [button["callback_data"] for row in markup for button in row] == [
        "123456:0", "123456:1", "123456:2", "123456:3",
    ]  # fmt: skip


async def test_a_long_text_comes_in_order_with_the_buttons_last(deliver: Deliver, customer: Customer) -> None:
    text = "\n".join(f"第{n}步：检查电源、插座和线路。" for n in range(500))
    await deliver(text, "好了")
    heard = customer.heard
    assert len(heard) == 3
    assert "\n".join(message["text"] for message in heard) == text
    assert ["buttons" in message for message in heard] == [False, False, True]


async def test_a_failure_in_the_middle_does_not_repeat_what_arrived(
    deliver: Deliver, customer: Customer, platform: TelegramSimulator
) -> None:
    text = "甲" * 4096 + "乙" * 4096 + "丙" * 10
    platform.faults.next("sendMessage", Delay(0), Fail(500), Fail(429, "Too Many Requests", 3))
    for _ in range(2):
        with pytest.raises(TryLater):
            await deliver(text)
    await deliver(text)
    assert [message["text"][0] for message in customer.heard] == ["甲", "乙", "丙"]


async def test_asking_for_the_phone_number_and_taking_the_keyboard_away(
    deliver: Deliver, customer: Customer
) -> None:
    await deliver("请留下电话", "跳过", ask="contact")
    assert customer.chat.keys == [
        [{"text": "📱 发送我的手机号", "request_contact": True}],
        [{"text": "跳过"}],
    ]
    assert customer.chat.keyboard is not None
    assert customer.chat.keyboard["one_time_keyboard"] is True
    customer.taps("📱 发送我的手机号")
    assert customer.transcript[-1]["contact"]["user_id"] == customer.id
    await deliver("谢谢", key="k2")
    assert customer.chat.keyboard is None


async def test_the_keyboard_goes_when_the_customer_types_instead(
    deliver: Deliver, customer: Customer
) -> None:
    await deliver("Where are you?", ask="location", language="en")
    assert customer.chat.keys == [[{"text": "📍 Share my location", "request_location": True}]]
    customer.chat.keyboard["one_time_keyboard"] = False  # type: ignore[index] # a client that keeps it
    customer.says("上海市浦东新区")
    assert customer.chat.keyboard is not None
    await deliver("OK", key="k2")
    assert customer.chat.keyboard is None


async def test_a_picture_by_address_with_its_caption(deliver: Deliver, customer: Customer) -> None:
    await deliver("看图", "好了", image="https://example.com/a.png")
    assert customer.heard[-1]["photo"] == "https://example.com/a.png"
    assert customer.heard[-1]["text"] == "看图"
    assert customer.heard[-1]["buttons"]


async def test_a_picture_from_a_file_is_uploaded(
    deliver: Deliver, customer: Customer, platform: TelegramSimulator, tmp_path: Path
) -> None:
    path = tmp_path / "图.png"
    path.write_bytes(PNG)
    await deliver("看图", "好了", image=str(path))
    shown = customer.heard[-1]
    file = platform.files.find(shown["photo"].removeprefix("files/"))
    assert file is not None
    assert file.content == PNG
    assert shown["buttons"][0][0]["title"] == "好了"


async def test_words_too_long_for_a_caption_follow_the_picture(deliver: Deliver, customer: Customer) -> None:
    await deliver("长" * 1025, "好了", image="https://example.com/a.png")
    photo, words = customer.heard
    assert (photo["text"], words["text"]) == ("", "长" * 1025)
    assert "buttons" not in photo
    assert words["buttons"]


async def test_a_picture_telegram_will_not_fetch_becomes_its_address(
    deliver: Deliver, customer: Customer, platform: TelegramSimulator
) -> None:
    platform.faults.next("sendPhoto", Fail(400, "Bad Request: failed to get HTTP URL content"))
    await deliver("看图", "好了", image="https://example.com/a.png")
    assert customer.heard[-1]["text"] == "看图\n\nhttps://example.com/a.png"
    assert customer.heard[-1]["buttons"]


async def test_a_missing_file_leaves_the_words(deliver: Deliver, customer: Customer) -> None:
    await deliver("看图", image="/nowhere/a.png")
    assert customer.heard[-1]["text"] == "看图"
    assert "photo" not in customer.heard[-1]


async def test_nothing_to_say_is_refused_without_a_request(
    deliver: Deliver, platform: TelegramSimulator
) -> None:
    with pytest.raises(Refused):
        await deliver(" \n ")
    assert methods(platform) == []


async def test_lone_surrogates_do_not_stop_a_reply(deliver: Deliver, customer: Customer) -> None:
    await deliver("a\ud800b")
    assert customer.heard[-1]["text"] == "ab"


async def test_typing_shows_and_its_failure_does_not_matter(
    channel: TelegramChannel, customer: Customer, platform: TelegramSimulator
) -> None:
    seen: list[str] = []
    customer.chat.listeners.append(lambda event, data: seen.append(event))
    await channel.typing(Address("telegram", channel.account, str(customer.id)))
    assert seen == ["typing"]
    platform.faults.next("sendChatAction", Fail(500), Fail(403))
    for peer in (str(customer.id), str(customer.id), "not a number"):
        await channel.typing(Address("telegram", channel.account, peer))


async def test_a_lost_answer_is_reported_and_not_repeated(
    make_channel: Callable[..., TelegramChannel], customer: Customer, platform: TelegramSimulator
) -> None:
    """T10: there is no idempotent send; an unknown outcome is shown as such."""
    impatient = make_channel(timeout=0.2)
    platform.faults.next("sendMessage", LoseAnswer(0.4))
    address = Address("telegram", impatient.account, str(customer.id))
    with pytest.raises(OutcomeUnknown):
        await impatient.send(Delivery(1, "k", address, 2, Reply("只说一次")))
    assert [message["text"] for message in customer.heard] == ["只说一次"]


async def test_replies_under_way_end_before_the_channel_closes(
    channel: TelegramChannel, deliver: Deliver, customer: Customer, platform: TelegramSimulator
) -> None:
    """Stopping receives nothing more, but must not cut off the postman's last sends."""
    platform.faults.next("sendMessage", Delay(0.1))
    under_way = asyncio.create_task(deliver("一"))
    await asyncio.sleep(0.05)
    await channel.stop()
    assert await under_way is not None
    await deliver("二", key="k2")
    assert [message["text"] for message in customer.heard] == ["一", "二"]


async def test_a_picture_of_ours_is_uploaded(
    channel: TelegramChannel, deliver: Deliver, customer: Customer, platform: TelegramSimulator
) -> None:
    """E9: drawn when it is sent; nothing is fetched from us."""

    async def drawn(address: str) -> Picture | None:
        return Picture("SR-1.png", "image/png", PNG) if address == "/sheets/a.png" else None

    channel._sender._pictures = drawn
    await deliver("服务单", "好了", image="/sheets/a.png")
    shown = customer.heard[-1]
    assert (shown["text"], [row[0]["title"] for row in shown["buttons"]]) == ("服务单", ["好了"])
    file = platform.files.find(shown["photo"].rpartition("/")[2])
    assert file is not None
    assert file.content == PNG


async def test_a_database_that_is_away_delays_a_picture(
    channel: TelegramChannel, deliver: Deliver, customer: Customer
) -> None:
    """I1: nothing is sent without it."""

    async def away(address: str) -> Picture | None:
        raise StoreProblem("away")

    channel._sender._pictures = away
    with pytest.raises(TryLater):
        await deliver("服务单", image="/sheets/a.png")
    assert customer.heard == []


async def test_a_document_keeps_its_name_and_a_voice_message_is_one(
    channel: TelegramChannel, customer: Customer, platform: TelegramSimulator
) -> None:
    """G2: uploaded with its words and buttons; refused it becomes its address, gone it is not delivered."""
    kept = {"/sent/a": Picture("报价 单.pdf", "application/pdf", b"%PDF"),
            "/sent/b": Picture("voice.ogg", "audio/ogg", b"OggS")}  # fmt: skip

    async def found(address: str) -> Picture | None:
        return kept.get(address)

    channel._sender._pictures = found
    channel._sender._public_url = "https://desk.example.com"
    place = Address("telegram", channel.account, str(customer.id))

    async def send(at: str, text: str = "") -> None:
        reply = Reply(text, file=Enclosed(at, "报价 单.pdf"))
        await channel.send(Delivery(1, at + text, place, 2, reply))

    await send("/sent/a", "请看")
    await send("/sent/b")
    paper, voice = (one for one in customer.chat.messages.values() if one["from"]["is_bot"])
    assert (paper["document"]["file_name"], paper["caption"]) == ("报价 单.pdf", "请看")
    stored = platform.files.find(paper["document"]["file_id"])
    assert stored is not None
    assert stored.content == b"%PDF"
    assert voice["voice"]["file_size"] == 4
    platform.faults.next("sendDocument", Fail(400, "Bad Request: file is too big"))
    await send("/sent/a", "再看")
    assert customer.heard[-1]["text"] == "再看\n\nhttps://desk.example.com/sent/a"
    with pytest.raises(Refused, match="no longer"):
        await send("/sent/gone", "看")
