"""The Telegram channel: one bot, by long polling or by webhook."""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import structlog
from fastapi import APIRouter
from telegram.error import TelegramError

from bot import metrics
from bot.channels.protocol import Desk, Pacing, Pictures, TextLimit, Way
from bot.channels.telegram import files
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.commands import menu
from bot.channels.telegram.fields import Malformed
from bot.channels.telegram.kinds import TAKEN
from bot.channels.telegram.parts import TEXT_LIMIT
from bot.channels.telegram.polling import Patience, Poller
from bot.channels.telegram.request import AiohttpRequest
from bot.channels.telegram.sending import Sender
from bot.channels.telegram.taps import Taps
from bot.channels.telegram.updates import CHANNEL, Ignored, Updates, tap_in
from bot.channels.telegram.webhook import PATH, webhook_router
from bot.messages import Address, Attachment, AttachmentKind, Delivery

if TYPE_CHECKING:
    from bot.settings import Settings

log = structlog.get_logger(__name__)

WEBHOOK_CONNECTIONS = 40
MENU_ATTEMPTS = 20


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Corner(Protocol):
    """Takes updates of the same bot that are no customer's."""

    def mine(self, update: dict[str, Any]) -> bool:
        """Whether the update is its business."""
        ...

    async def take(self, update: dict[str, Any]) -> None:
        """Take one of those; returns once it is durable. Raises Malformed."""
        ...


class TelegramChannel:
    """One bot account; `account` is the number before the colon of its token.

    `mode` "webhook" needs `secret`; the webhook is registered with Telegram when `public_url` is given.
    `api_base` is what stands before `/bot<token>/`; `timeout` seconds are waited for an answer.
    `count` is told the reason of everything turned away or ignored. Raises ValueError for a token or a
    mode that cannot work.
    """

    name = CHANNEL
    idempotent = False
    pacing = Pacing(per_second=30.0, chat_interval=1.0, chat_burst=3)
    text_limit: TextLimit | None = TextLimit(TEXT_LIMIT, "utf16")

    def __init__(
        self,
        token: str,
        clock: Callable[[], datetime],
        mode: Literal["polling", "webhook"] = "polling",
        secret: str | None = None,
        api_base: str = "https://api.telegram.org",
        timeout: float = 10.0,
        public_url: str | None = None,
        count: Callable[[str], None] = metrics.count,
        request: AiohttpRequest | None = None,
        patience: Patience | None = None,
        pacing: Pacing | None = None,
        articles: Path | None = None,
        pictures: Pictures | None = None,
    ) -> None:
        self.account = account_of(token)
        if mode == "webhook" and not re.fullmatch("[A-Za-z0-9_-]{1,256}", secret or ""):
            raise ValueError("webhook mode needs a secret of letters, digits, _ and - (at most 256)")
        # The library's debug log shows parameters, the secret token among them.
        logging.getLogger("telegram").setLevel(logging.INFO)
        self.pacing = pacing or self.pacing
        self._mode = mode
        self._secret = secret or ""
        self._public_url = public_url
        self._count = count
        self._patience = patience or Patience()
        self.corner: Corner | None = None
        self.api = BotApi(token, api_base, request or AiohttpRequest(timeout))
        self._updates = Updates(self.account, clock)
        self._sender = Sender(
            self.api, self.pacing.chat_interval, public_url, articles=articles, pictures=pictures
        )
        self._taps = Taps(self.api)
        self._poller: Poller | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    def from_settings(
        cls, settings: Settings, clock: Callable[[], datetime] = utc_now, pictures: Pictures | None = None
    ) -> TelegramChannel:
        """The channel as configured; raises SettingsProblem when something is missing."""
        from bot.settings import SettingsProblem

        section = settings.channels.telegram
        if section.token is None:
            raise SettingsProblem("channels.telegram.token: needed when Telegram is enabled")
        secret = section.secret_token.get_secret_value() if section.secret_token else None
        try:
            return cls(
                section.token.get_secret_value(), clock, section.mode, secret, section.api_base,
                section.timeout_seconds, settings.http.public_url, articles=settings.data_path / "articles",
                pictures=pictures,
            )  # fmt: skip
        except ValueError as problem:
            raise SettingsProblem(f"channels.telegram: {problem}") from None

    def router(self, desk: Desk) -> APIRouter | None:
        """`POST /webhooks/telegram` in webhook mode."""
        if self._mode != "webhook":
            return None
        return webhook_router(self._taker(desk), self._secret, self._count)

    async def start(self, desk: Desk) -> None:
        """Begin receiving in the background: Telegram need not be reachable yet."""
        receiving = self._poll(desk) if self._mode == "polling" else self._register()
        self._tasks = [
            asyncio.create_task(receiving),
            asyncio.create_task(self._repeat("set_commands", self._set_commands, MENU_ATTEMPTS)),
        ]

    async def stop(self) -> None:
        """Stop receiving; replies may still be sent until the process ends."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._poller is not None:
            await self._poller.finish()
        await self._taps.idle()
        await self.api.close()

    async def send(self, delivery: Delivery) -> str | None:
        """Deliver one reply; returns Telegram's message number. Raises a DeliveryProblem."""
        return await self._sender.send(delivery)

    def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The file's bytes in chunks; raises MediaGone or TryLater."""
        return files.fetch(self.api, attachment)

    def takes(self, kind: AttachmentKind) -> Way | None:
        """Telegram has every kind."""
        return "file"

    async def typing(self, address: Address) -> None:
        """Show "typing…"; failures are ignored."""
        await self._sender.typing(address)

    async def check(self) -> str:
        """The bot's user name, from Telegram itself; raises a `TelegramError`."""
        return str((await self.api.bot.get_me()).username)

    def _taker(self, desk: Desk) -> Callable[[dict[str, Any]], Awaitable[None]]:
        """Takes one update; returns when it is durable or none of our business. Raises Malformed."""

        async def take(update: dict[str, Any]) -> None:
            if self.corner is not None and self.corner.mine(update):
                return await self.corner.take(update)
            tap = tap_in(update)
            try:
                found = self._updates.read(update)
            except Malformed:
                self._count("telegram.malformed")
                if tap is not None:
                    self._taps.settle(tap)
                raise
            if isinstance(found, Ignored):
                self._count(f"telegram.{found.reason}")
            else:
                await desk.receive(found)
            if tap is not None:
                self._taps.settle(tap)

        return take

    async def _poll(self, desk: Desk) -> None:
        take = self._taker(desk)

        async def take_or_count(update: dict[str, Any]) -> None:
            try:
                await take(update)
            except Malformed as problem:
                log.warning("telegram.update_malformed", reason=str(problem))

        self._poller = Poller(self.api, take_or_count, self._count, self._patience)
        await self._repeat("delete_webhook", self.api.bot.delete_webhook, attempts=1)
        log.info("telegram.polling", account=self.account)
        await self._poller.run()

    async def _register(self) -> None:
        if self._public_url:
            await self._repeat("set_webhook", self._set_webhook)

    async def _set_webhook(self) -> None:
        await self.api.bot.set_webhook(
            f"{(self._public_url or '').rstrip('/')}{PATH}",
            secret_token=self._secret,
            allowed_updates=TAKEN,
            max_connections=WEBHOOK_CONNECTIONS,
        )
        log.info("telegram.webhook_set", account=self.account)

    async def _set_commands(self) -> None:
        await self.api.bot.set_my_commands(menu("en"))
        await self.api.bot.set_my_commands(menu("zh"), language_code="zh")

    async def _repeat(
        self, step: str, work: Callable[[], Awaitable[Any]], attempts: float = math.inf
    ) -> None:
        """Repeat one step of the start until Telegram takes it, or so many times."""
        failures = 0
        while failures < attempts:
            try:
                await work()
                return
            except TelegramError as error:
                failures += 1
                log.warning(
                    "telegram.start_waits", step=step, kind=type(error).__name__, reason=error.message
                )
                await asyncio.sleep(self._patience.pause(failures))


def account_of(token: str) -> str:
    """The bot's number, the part of its token before the colon; raises ValueError for anything else."""
    number, colon, secret = token.partition(":")
    if not (colon and secret and number.isascii() and number.isdecimal()):
        raise ValueError("not a bot token (123456789:AA…)")
    return number
