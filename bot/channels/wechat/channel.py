"""The WeChat Official Account (公众号) channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from random import Random, SystemRandom
from typing import Any

import structlog
from fastapi import APIRouter
from pydantic import SecretStr

from bot import metrics
from bot.channels.protocol import (
    Desk,
    OutcomeUnknown,
    Pacing,
    Pictures,
    TextLimit,
    TryLater,
    Way,
    WindowClosed,
)
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.envelope import BadKey, Envelope
from bot.channels.wechat.http import Http
from bot.channels.wechat.incoming import Windows
from bot.channels.wechat.ledger import WindowLedger
from bot.channels.wechat.menu import menu
from bot.channels.wechat.outgoing import TEXT_BYTES, messages
from bot.channels.wechat.parts import Parts
from bot.channels.wechat.problems import (
    MENU_REFUSED,
    WINDOW_CLOSED,
    ApiProblem,
    for_delivery,
    for_template,
)
from bot.channels.wechat.tokens import TokenShelf
from bot.channels.wechat.uploads import Uploads
from bot.channels.wechat.webhook import Webhook
from bot.messages import Address, Attachment, AttachmentKind, Delivery
from bot.settings import Settings, SettingsProblem
from handlers.notices.templates import TEMPLATE

log = structlog.get_logger()

SEND = "/cgi-bin/message/custom/send"
SEND_TEMPLATE = "/cgi-bin/message/template/send"
TYPING = "/cgi-bin/message/custom/typing"
CREATE_MENU = "/cgi-bin/menu/create"
MENU_TRIES = 6


class WeChatChannel:
    """One Official Account: passive replies when the turn is quick, customer-service messages otherwise."""

    name = "wechat"
    pacing = Pacing(per_second=50.0)
    text_limit: TextLimit | None = TextLimit(TEXT_BYTES, "bytes")
    idempotent = False

    def __init__(
        self,
        *,
        app_id: str,
        envelope: Envelope,
        api: WeChatApi,
        ledger: WindowLedger,
        clock: Callable[[], datetime],
        count: Callable[[str], None],
        windows: Windows | None = None,
        passive_seconds: float = 4.0,
        max_body_bytes: int = 1_048_576,
        max_media_bytes: int = 20_971_520,
        msgmenu: bool = True,
        menu_body: dict[str, Any] | None = None,
        public_url: str | None = None,
        pictures: Pictures | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.account = app_id
        self._envelope = envelope
        self._api = api
        self._ledger = ledger
        self._clock = clock
        self._count = count
        self._windows = windows or Windows()
        self._parts = Parts(ledger, self._windows.message[1], clock)
        self._passive_seconds = passive_seconds
        self._max_body_bytes = max_body_bytes
        self._max_media_bytes = max_media_bytes
        self._msgmenu = msgmenu
        self._menu_body = menu_body
        self._public_url = public_url
        self._sleep = sleep
        self._uploads = Uploads(api, pictures)
        self._menu_task: asyncio.Task[None] | None = None

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        shelf: TokenShelf,
        ledger: WindowLedger,
        clock: Callable[[], datetime],
        pictures: Pictures | None = None,
        count: Callable[[str], None] = metrics.count,
        random: Random | None = None,
    ) -> WeChatChannel:
        """The channel as configured; raises SettingsProblem naming what is missing or wrong."""
        given = settings.channels.wechat
        app_id = _needed(given.app_id, "app_id")
        token = _needed(given.token, "token")
        secret = _needed(given.app_secret, "app_secret")
        key = given.encoding_aes_key.get_secret_value() if given.encoding_aes_key else None
        try:
            envelope = Envelope(
                app_id, token, key, given.mode, given.replay_window_seconds, clock, random or SystemRandom()
            )
        except BadKey as problem:
            raise SettingsProblem(f"channels.wechat.encoding_aes_key: {problem}") from None
        http = Http(given.api_base, given.timeout_seconds)
        return cls(
            app_id=app_id,
            envelope=envelope,
            api=WeChatApi(app_id, secret, http, shelf, clock),
            ledger=ledger,
            clock=clock,
            count=count,
            windows=Windows(
                (given.window_hours * 3600, given.quota), (given.event_window_seconds, given.event_quota)
            ),
            passive_seconds=given.passive_seconds,
            max_body_bytes=settings.http.max_body_bytes,
            max_media_bytes=settings.http.max_upload_bytes,
            msgmenu=given.msgmenu,
            menu_body=menu(given.menu),
            public_url=settings.http.public_url,
            pictures=pictures,
        )

    def router(self, desk: Desk) -> APIRouter:
        """`GET` and `POST /webhooks/wechat`."""
        webhook = Webhook(
            desk, self.account, self._envelope, self._windows, self._passive_seconds,
            self._max_body_bytes, self._clock, self._count, self._public_url, self._sleep,
        )  # fmt: skip
        router = APIRouter()
        router.add_route("/webhooks/wechat", webhook.verify, methods=["GET"])
        router.add_route("/webhooks/wechat", webhook.push, methods=["POST"])
        return router

    async def start(self, desk: Desk) -> None:
        """Begin creating the account's menu; WeChat brings messages by itself."""
        if self._menu_body is not None:
            self._menu_task = asyncio.create_task(self._create_menu(self._menu_body))

    async def stop(self) -> None:
        """Give up on the menu and close the HTTP client."""
        if self._menu_task is not None:
            self._menu_task.cancel()
            await asyncio.gather(self._menu_task, return_exceptions=True)
        await self._api.close()

    async def send(self, delivery: Delivery) -> str | None:
        """Deliver by customer-service message; outside the reply window by template, if it has one."""
        card = (delivery.reply.custom or {}).get(TEMPLATE)
        try:
            return await self._send_in_window(delivery)
        except WindowClosed:
            if card is None or self._parts.begun(delivery):
                raise
        return await self._send_template(delivery, card)

    async def _send_template(self, delivery: Delivery, card: dict[str, Any]) -> str:
        body = {"touser": delivery.address.peer, "client_msg_id": delivery.key, **card}
        try:
            answer = await self._api.call(SEND_TEMPLATE, body)
        except ApiProblem as problem:
            raise for_template(problem, self._clock) from None
        return str(answer.get("msgid", ""))

    async def _send_in_window(self, delivery: Delivery) -> str | None:
        """In parts where WeChat's limits ask for it."""
        shown, worded = await self._uploads.shown(delivery)
        parts = [*shown, *messages(worded, self._msgmenu, self._public_url)]
        try:
            await self._send_parts(delivery, parts)
        except ApiProblem as problem:
            if problem.code not in MENU_REFUSED or all(part["msgtype"] != "msgmenu" for part in parts):
                raise await self._explained(problem, delivery.address) from None
            log.warning("wechat.msgmenu_refused", code=problem.code, outbox=delivery.id)
            await self._send_as_text(delivery, [*shown, *messages(worded, False, self._public_url)])
        self._parts.done(delivery)
        self._uploads.forget(delivery)
        return None

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The file's bytes; WeChat keeps them for three days."""
        try:
            async for chunk in self._api.media(attachment.ref, self._max_media_bytes):
                yield chunk
        except OutcomeUnknown as problem:
            raise TryLater(str(problem)) from None

    def takes(self, kind: AttachmentKind) -> Way | None:
        """Photos as such; WeChat takes no files from accounts, so their address where the desk has one."""
        if kind == "photo":
            return "file"
        return "link" if self._public_url else None

    async def typing(self, address: Address) -> None:
        """Show “对方正在输入”; failures are ignored."""
        try:
            await self._api.call(TYPING, {"touser": address.peer, "command": "Typing"})
        except (ApiProblem, TryLater, OutcomeUnknown) as problem:
            log.debug("wechat.typing_failed", reason=type(problem).__name__)

    async def _send_as_text(self, delivery: Delivery, parts: list[dict[str, Any]]) -> None:
        try:
            await self._send_parts(delivery, parts)
        except ApiProblem as problem:
            raise await self._explained(problem, delivery.address) from None

    async def _send_parts(self, delivery: Delivery, parts: list[dict[str, Any]]) -> None:
        async def post(place: int, part: dict[str, Any]) -> None:
            await self._api.call(SEND, {"touser": delivery.address.peer, **part})

        await self._parts.send(delivery, parts, post)

    async def _explained(self, problem: ApiProblem, address: Address) -> Exception:
        if problem.code in WINDOW_CLOSED:
            log.info("wechat.window_corrected", code=problem.code)
            await self._ledger.close(address)
        return for_delivery(problem, self._clock)

    async def _create_menu(self, body: dict[str, Any]) -> None:
        for attempt in range(1, MENU_TRIES + 1):
            try:
                await self._api.call(CREATE_MENU, body)
                log.info("wechat.menu_created")
                return
            except ApiProblem as problem:
                found = for_delivery(problem, self._clock)
                log.warning("wechat.menu_failed", reason=str(found), attempt=attempt)
                if not isinstance(found, TryLater) or found.account_wide:
                    return
            except (TryLater, OutcomeUnknown) as problem:
                log.warning("wechat.menu_failed", reason=str(problem), attempt=attempt)
            if attempt < MENU_TRIES:
                await self._sleep(2.0**attempt / 2)


def _needed(value: str | SecretStr | None, name: str) -> str:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not text:
        raise SettingsProblem(f"channels.wechat.{name}: is needed when the channel is enabled")
    return text
