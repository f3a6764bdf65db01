"""The token is in every address and must be in no log and no error (I3)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog.testing

from bot.channels.protocol import DeliveryProblem, MediaGone, TryLater
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.request import AiohttpRequest
from bot.channels.testing import RecordingDesk
from bot.messages import Address, Attachment, Delivery, Reply
from bot.settings import SettingsProblem, load
from bot.simulators.telegram import Fail, LoseRequest, TelegramSimulator

TOKEN = "1000001:simulated-telegram-token"
HIDDEN = "simulated-telegram-token"
FAULTS = (Fail(401), Fail(400), Fail(500), LoseRequest(0.3))


async def test_no_failure_shows_the_token(
    make_channel: Callable[..., TelegramChannel], platform: TelegramSimulator, desk: RecordingDesk,
    caplog: pytest.LogCaptureFixture, eventually: Any,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    channel = make_channel(timeout=0.2, mode="webhook", secret="hush-hush", public_url="https://desk.example")
    address = Address("telegram", channel.account, "5")
    said: list[str] = []
    with structlog.testing.capture_logs() as logs:
        for method in ("sendMessage", "getFile", "setWebhook", "setMyCommands"):
            platform.faults.next(method, *FAULTS)
        await channel.start(desk)
        for _ in FAULTS:
            with pytest.raises(DeliveryProblem) as refused:
                await channel.send(Delivery(1, "k", address, 2, Reply("私密的话")))
            with pytest.raises((MediaGone, TryLater)) as gone:
                async for _chunk in channel.fetch(Attachment("photo", "x")):
                    pass
            said += [repr(refused.value), repr(refused.value.__cause__), repr(gone.value)]
        await eventually(lambda: platform.courier.url)
    said += [repr(entry) for entry in logs]
    said += [record.getMessage() for record in caplog.records if record.name != "uvicorn.access"]
    for secret in (HIDDEN, "hush-hush", "私密的话"):
        assert not [line for line in said if secret in line]
    await platform.courier.stop()


async def test_an_unusable_address_is_told_without_the_token() -> None:
    api = BotApi(TOKEN, "http://[not-an-address", AiohttpRequest(1.0))
    with pytest.raises(Exception, match="no connection") as raised:
        await api.call("getMe", {})
    assert HIDDEN not in repr(raised.value)
    await api.close()


def settings(**changes: str) -> Any:
    environ = {f"BOT__CHANNELS__TELEGRAM__{name}": value for name, value in changes.items()}
    return load(environ={"BOT__CHANNELS__TELEGRAM__ENABLED": "true", **environ})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "channels.telegram.token"),
        ({"TOKEN": "oops-secret"}, "not a bot token"),
        ({"TOKEN": TOKEN, "MODE": "webhook"}, "secret"),
        ({"TOKEN": TOKEN, "MODE": "webhook", "SECRET_TOKEN": "with space"}, "secret"),
    ],
)
def test_settings_that_cannot_work_are_named(changes: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsProblem, match=words) as raised:
        TelegramChannel.from_settings(settings(**changes))
    assert "oops" not in str(raised.value)


async def test_settings_that_work() -> None:
    given = settings(TOKEN=TOKEN, MODE="webhook", SECRET_TOKEN="hush", API_BASE="http://127.0.0.1:1/x/")
    channel = TelegramChannel.from_settings(given)
    assert (channel.name, channel.account) == ("telegram", "1000001")
    assert channel.router(RecordingDesk()) is not None
    await channel.stop()
