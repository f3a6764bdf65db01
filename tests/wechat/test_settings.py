"""The channel from settings: what is missing or wrong is named in one line."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.wechat import MemoryLedger, MemoryShelf, WeChatChannel
from bot.settings import PROJECT, SettingsProblem, load

GIVEN = {
    "APP_ID": "wx0123456789abcdef",
    "APP_SECRET": "s3cret",
    "TOKEN": "t0ken",
    "ENCODING_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "ENABLED": "true",
}


def channel(clock: Any, **changes: str | None) -> WeChatChannel:
    values = {**GIVEN, **changes}
    environ = {f"BOT__CHANNELS__WECHAT__{name}": value for name, value in values.items() if value is not None}
    return WeChatChannel.from_settings(
        load(PROJECT / "config.yaml", environ), MemoryShelf(), MemoryLedger(), clock
    )


def test_the_account_is_the_app_id(clock: Any) -> None:
    assert (channel(clock).name, channel(clock).account) == ("wechat", "wx0123456789abcdef")


@pytest.mark.parametrize("name", ["APP_ID", "APP_SECRET", "TOKEN"])
def test_what_is_missing_is_named(clock: Any, name: str) -> None:
    with pytest.raises(SettingsProblem, match=rf"channels\.wechat\.{name.lower()}: is needed"):
        channel(clock, **{name: None})


@pytest.mark.parametrize("key", [None, "short"])
@pytest.mark.parametrize("mode", ["safe", "compatible"])
def test_a_bad_key_is_named_without_being_shown(clock: Any, mode: str, key: str | None) -> None:
    with pytest.raises(
        SettingsProblem, match=r"channels\.wechat\.encoding_aes_key: an EncodingAESKey"
    ) as caught:
        channel(clock, MODE=mode, ENCODING_AES_KEY=key)
    assert "short" not in str(caught.value)


def test_plain_mode_needs_no_key(clock: Any) -> None:
    assert channel(clock, MODE="plain", ENCODING_AES_KEY=None).account == GIVEN["APP_ID"]


def test_a_bad_menu_is_named(clock: Any) -> None:
    with pytest.raises(SettingsProblem, match=r"channels\.wechat\.menu\[0\]"):
        channel(clock, MENU='[{name: "a"}]')
