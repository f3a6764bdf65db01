"""Files customers sent are fetched from Telegram, or said to be gone (A2)."""

from __future__ import annotations

import pytest

from bot.channels.protocol import MediaGone, TryLater
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.updates import Updates
from bot.messages import Attachment, Inbound
from bot.simulators.telegram import Customer, Fail, TelegramSimulator
from tests.conftest import NOON

LARGE = 21 * 1024 * 1024


async def fetched(channel: TelegramChannel, attachment: Attachment) -> bytes:
    return b"".join([chunk async for chunk in channel.fetch(attachment)])


def attachment_of(platform: TelegramSimulator) -> Attachment:
    found = Updates("1", lambda: NOON).read(platform.inbox.waiting[-1])
    assert isinstance(found, Inbound)
    return found.attachments[0]


async def test_a_photo_arrives_whole(
    channel: TelegramChannel, platform: TelegramSimulator, customer: Customer
) -> None:
    content = b"\xff\xd8\xff" + bytes(range(256)) * 1000
    customer.sends_photo(content, caption="铭牌")
    assert await fetched(channel, attachment_of(platform)) == content


async def test_a_voice_message(
    channel: TelegramChannel, platform: TelegramSimulator, customer: Customer
) -> None:
    customer.sends_file("voice", b"OggS hum", "audio/ogg")
    assert await fetched(channel, attachment_of(platform)) == b"OggS hum"


async def test_larger_than_telegram_hands_out(
    channel: TelegramChannel, platform: TelegramSimulator, customer: Customer
) -> None:
    customer.sends_file("video", b"", "video/mp4", claimed=LARGE)
    attachment = attachment_of(platform)
    with pytest.raises(MediaGone):
        await fetched(channel, attachment)
    with pytest.raises(MediaGone):  # Telegram says so where the update did not
        await fetched(channel, Attachment("video", attachment.ref))


async def test_gone_files(channel: TelegramChannel, platform: TelegramSimulator, customer: Customer) -> None:
    customer.sends_photo()
    attachment = attachment_of(platform)
    platform.files.lose(attachment.ref)
    with pytest.raises(MediaGone):
        await fetched(channel, attachment)


@pytest.mark.parametrize("fault", [Fail(500), Fail(504), Fail(429, "Too Many Requests", 3), Fail(401)])
async def test_failures_that_may_pass(
    channel: TelegramChannel, platform: TelegramSimulator, customer: Customer, fault: Fail
) -> None:
    customer.sends_photo()
    attachment = attachment_of(platform)
    platform.faults.next("getFile", fault)
    with pytest.raises(TryLater):
        await fetched(channel, attachment)
    assert await fetched(channel, attachment)
