"""The channels: one line for each, opened when its settings enable it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.channels.protocol import Channel, Pictures

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage import Store

Clock = Callable[[], datetime]


def open_channels(settings: Settings, store: Store, clock: Clock, pictures: Pictures) -> list[Channel]:
    """The enabled channels, in the order of the settings; `pictures` finds those that they upload."""
    return [
        channel
        for name, open_all in OPENERS.items()
        if getattr(settings.channels, name).enabled
        for channel in open_all(settings, store, clock, pictures)
    ]


def _rest(settings: Settings, store: Store, clock: Clock, pictures: Pictures) -> Sequence[Channel]:
    from bot.channels.rest import RestChannel

    return [RestChannel.from_settings(settings, clock)]


def _web(settings: Settings, store: Store, clock: Clock, pictures: Pictures) -> Sequence[Channel]:
    from bot.channels.web import WebChannel
    from bot.history import StoredHistory

    return [WebChannel.from_settings(settings, StoredHistory(store, "web"), clock)]


def _telegram(settings: Settings, store: Store, clock: Clock, pictures: Pictures) -> Sequence[Channel]:
    from bot.channels.telegram import TelegramChannel

    return [TelegramChannel.from_settings(settings, clock, pictures)]


def _wechat(settings: Settings, store: Store, clock: Clock, pictures: Pictures) -> Sequence[Channel]:
    from bot.channels.wechat import StoredLedger, TokenShelfInStore, WeChatChannel

    shelf = TokenShelfInStore(store, "wechat", settings.channels.wechat.app_id or "")
    return [WeChatChannel.from_settings(settings, shelf, StoredLedger(store), clock, pictures)]


def _wecom(settings: Settings, store: Store, clock: Clock, pictures: Pictures) -> Sequence[Channel]:
    from bot.channels.wecom import open_accounts

    return open_accounts(settings, store, clock, pictures)


OPENERS: dict[str, Callable[[Settings, Store, Clock, Pictures], Sequence[Channel]]] = {
    "rest": _rest,
    "web": _web,
    "telegram": _telegram,
    "wechat": _wechat,
    "wecom": _wecom,
}
