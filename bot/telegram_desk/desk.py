"""The desk behind one group: who takes what members do, and who says there what happens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.channels.protocol import Channel
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.api import BotApi
from bot.console.means import Means
from bot.media import MediaShelf
from bot.settings import SettingsProblem
from bot.telegram_desk.receiving import GroupDoor
from bot.telegram_desk.sending import GroupPostman
from bot.telegram_desk.steps import Steps
from bot.telegram_desk.telling import Teller
from bot.telegram_desk.wording import Words


class TelegramDesk:
    """Agents' desk in the group of `channels.telegram.desk`, by the bot `account` behind `api`."""

    def __init__(self, means: Means, api: BotApi, account: str, holder: str) -> None:
        settings = means.settings.channels.telegram.desk
        assert settings.group is not None
        teller = Teller(Words(settings.language), settings.note_prefix, settings.history, settings.mask)
        shelf = MediaShelf(means.settings.data_path / "media")
        steps = Steps(settings.group, teller, shelf, account)
        self.postman = GroupPostman(
            means.store, api, steps, means.clock, holder, settings.group, int(account), settings.per_minute,
            settings.history,
        )  # fmt: skip
        self._door = GroupDoor(means, api, settings, int(account), self.postman.wake, self.postman.recheck)

    def mine(self, update: dict[str, Any]) -> bool:
        """Whether the update is the desk's business and no customer's."""
        return self._door.mine(update)

    async def take(self, update: dict[str, Any]) -> None:
        """Take one of those; returns once it is durable. Raises Malformed."""
        await self._door.take(update)


def open_desk(means: Means, channels: Iterable[Channel], holder: str) -> TelegramDesk:
    """The desk of the settings, attached to their bot; raises SettingsProblem where there is no bot."""
    for channel in channels:
        if isinstance(channel, TelegramChannel):
            channel.corner = desk = TelegramDesk(means, channel.api, channel.account, holder)
            return desk
    raise SettingsProblem("channels.telegram.desk.group: needs channels.telegram.enabled")
