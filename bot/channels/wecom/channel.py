"""One account (客服账号) of WeCom customer service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter

from bot.channels.durable import Persistence
from bot.channels.protocol import Desk, OutcomeUnknown, Pacing, Pictures, TextLimit, TryLater, Way
from bot.channels.wechat.ledger import WindowLedger
from bot.channels.wechat.outgoing import TEXT_BYTES
from bot.channels.wechat.parts import Parts
from bot.channels.wechat.problems import ApiProblem
from bot.channels.wechat.uploads import Uploads
from bot.channels.wecom.api import WeComApi
from bot.channels.wecom.door import Door
from bot.channels.wecom.incoming import Reading
from bot.channels.wecom.outgoing import message_id, messages
from bot.channels.wecom.problems import WINDOW_CLOSED, WRONG_STATE
from bot.channels.wecom.pulling import Puller
from bot.channels.wecom.reception import Reception
from bot.channels.wecom.sessions import Sessions
from bot.messages import Address, Attachment, AttachmentKind, Delivery

log = structlog.get_logger()

SEND = "/cgi-bin/kf/send_msg"


class WeComChannel:
    """Pulls what the account's customers write and sends by the API; `door` stands with the first account."""

    name = "wecom"
    pacing = Pacing(per_second=50.0)
    text_limit: TextLimit | None = TextLimit(TEXT_BYTES, "bytes")
    # Whether WeCom shows a repeated msgid once is not documented: what may have been sent is not repeated.
    idempotent = False

    def __init__(
        self,
        *,
        api: WeComApi,
        puller: Puller,
        reading: Reading,
        ledger: WindowLedger,
        sessions: Sessions,
        clock: Callable[[], datetime],
        count: Callable[[str], None],
        door: Door | None = None,
        max_media_bytes: int = 20_971_520,
        public_url: str | None = None,
        pictures: Pictures | None = None,
        persistence: Persistence | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.account = reading.account
        self._api = api
        self._puller = puller
        self._reading = reading
        self._ledger = ledger
        self._sessions = sessions
        self._clock = clock
        self._count = count
        self._door = door
        self._max_media_bytes = max_media_bytes
        self._public_url = public_url
        self._persistence = persistence
        self._sleep = sleep
        self._uploads = Uploads(api, pictures, files=True)
        self._parts = Parts(ledger, reading.window[1], clock)

    def router(self, desk: Desk) -> APIRouter | None:
        """`GET` and `POST /webhooks/wecom`, for all accounts."""
        return self._door.router() if self._door else None

    async def start(self, desk: Desk) -> None:
        """Begin pulling, at once: callbacks may have been missed."""
        self._puller.start(self.reception(desk).take)

    def reception(self, desk: Desk) -> Reception:
        """What takes the account's log to the desk."""
        return Reception(
            desk, self._reading, self._api, self._ledger, self._sessions, self._clock, self._count,
            self._public_url, self._persistence, self._sleep,
        )  # fmt: skip

    async def stop(self) -> None:
        """Stop pulling and close the HTTP client."""
        await self._puller.stop()
        await self._api.close()

    async def send(self, delivery: Delivery) -> str | None:
        """Deliver by the API, in parts where WeCom's limits ask for it; their common id."""
        shown, worded = await self._uploads.shown(delivery)
        parts = [*shown, *messages(worded, self._public_url)]
        named = message_id(delivery)

        async def post(place: int, part: dict[str, Any]) -> None:
            to = {"touser": delivery.address.peer, "open_kfid": self.account, "msgid": f"{named}_{place}"}
            await self._api.call(SEND, {**to, **part})

        try:
            await self._parts.send(delivery, parts, post)
        except ApiProblem as problem:
            raise await self._explained(problem, delivery.address) from None
        await self._sessions.settle(delivery.address, delivery.id)
        self._parts.done(delivery)
        self._uploads.forget(delivery)
        return named

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The file's bytes; WeCom keeps them for three days."""
        try:
            async for chunk in self._api.media(attachment.ref, self._max_media_bytes):
                yield chunk
        except OutcomeUnknown as problem:
            raise TryLater(str(problem)) from None

    def takes(self, kind: AttachmentKind) -> Way | None:
        """Photos as such, everything else as a file: WeCom's voice is a format of its own."""
        return "file"

    async def typing(self, address: Address) -> None:
        """WeCom has no sign for it."""

    async def _explained(self, problem: ApiProblem, address: Address) -> Exception:
        if problem.code in WINDOW_CLOSED:
            log.info("wecom.window_corrected", code=problem.code)
            await self._ledger.close(address)
        if problem.code == WRONG_STATE:
            return await self._sessions.why_closed(address)
        return self._api.explained(problem)
