"""The web channel: delivering is waking the visitor's pages, which read what is stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter

from bot.channels.protocol import Desk, MediaGone, Pacing, TextLimit, Way
from bot.channels.web import words
from bot.channels.web.history import History
from bot.channels.web.hub import Hub
from bot.channels.web.limits import Doorkeeper, Limits
from bot.channels.web.page import Page
from bot.channels.web.routes import ChatRoutes
from bot.channels.web.uploads import CHUNK, Uploads
from bot.channels.web.visitors import Visitors
from bot.messages import Address, Attachment, AttachmentKind, Delivery
from bot.settings import Settings

HEARTBEAT_SECONDS = 20.0
LOOK_SECONDS = 1.5


class WebChannel:
    """The chat page of one account.

    `media` is the folder of photos, `secure` says that visitors come by HTTPS, `monotonic` is the
    rate limits' clock in seconds, `look` how often (seconds) lines written by other processes are
    looked for while pages are open.
    """

    name = "web"
    pacing = Pacing()
    text_limit: TextLimit | None = None
    idempotent = True

    def __init__(
        self,
        history: History,
        media: Path,
        clock: Callable[[], datetime],
        service: Mapping[str, str],
        hotline: str,
        *,
        account: str = "web",
        language: str = "zh",
        secure: bool = False,
        max_body_bytes: int = 1_048_576,
        max_upload_bytes: int = 20_971_520,
        limits: Limits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        look: float = LOOK_SECONDS,
        heartbeat: float = HEARTBEAT_SECONDS,
        demo: bool = False,
    ) -> None:
        self.account = account
        self._history = history
        self._look = look
        limits = limits or Limits()
        self._hub = Hub(limits.visitor_streams, limits.all_streams)
        self._uploads = Uploads(media, max_upload_bytes)
        self._watch: asyncio.Task[None] | None = None
        facts = {
            "service": dict(service),
            "hotline": hotline,
            "demo": demo,
            "maxUploadBytes": max_upload_bytes,
        }
        catalogue = words.read()
        self._routes = ChatRoutes(
            history=history,
            hub=self._hub,
            uploads=self._uploads,
            visitors=Visitors(secure),
            doorkeeper=Doorkeeper(limits, monotonic),
            page=Page("chat.html", catalogue, facts, language),
            catalogue=catalogue,
            clock=clock,
            address=lambda peer: Address(self.name, account, peer),
            max_body_bytes=max_body_bytes,
            max_upload_bytes=max_upload_bytes,
            heartbeat=heartbeat,
        )

    @classmethod
    def from_settings(cls, settings: Settings, history: History, clock: Callable[[], datetime]) -> WebChannel:
        """The channel as the settings want it."""
        return cls(
            history,
            settings.data_path / "media" / "web",
            clock,
            settings.service.name,
            settings.service.hotline,
            language=settings.service.language,
            secure=(settings.http.public_url or "").startswith("https://"),
            max_body_bytes=settings.http.max_body_bytes,
            max_upload_bytes=settings.http.max_upload_bytes,
            demo=settings.demo,
        )

    def router(self, desk: Desk) -> APIRouter:
        """The page at /chat and its API."""
        return self._routes.router(desk)

    async def start(self, desk: Desk) -> None:
        """Begin looking for lines written elsewhere."""
        self._hub.open()
        self._watch = asyncio.create_task(self._hub.watch(self._history, self._look), name="web.watch")

    async def stop(self) -> None:
        """End the live pages' streams; call it before waiting for open requests to end."""
        self._hub.close()
        if self._watch:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None

    async def send(self, delivery: Delivery) -> str | None:
        """Wake the visitor's pages; the reply itself is in the history, also for those who come later."""
        self._hub.wake(delivery.address.peer)
        return str(delivery.seq)

    async def fetch(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """The file's bytes from the folder of uploads; raises MediaGone when it is not there."""
        path = await asyncio.to_thread(self._uploads.by_ref, attachment.ref)
        if path is None:
            raise MediaGone("the uploaded file is no longer there")
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    def takes(self, kind: AttachmentKind) -> Way | None:
        """The page shows photos, and offers other files."""
        return "file"

    async def typing(self, address: Address) -> None:
        """Show the dots on the visitor's pages."""
        self._hub.typing(address.peer)
