"""Photos and files that agents sent: kept under random names, handed to platforms, had by their address."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Response

from bot.channels.protocol import Picture
from bot.channels.web.kinds import sniff
from bot.media import MediaShelf
from bot.sent_links import PREFIX, SentLinks
from storage import Store

_NAME = re.compile(r"[\w-]{32}", re.ASCII)
_HEADERS = {
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


class SentFiles:
    """Finds them by their address: a photo by 192 random bits, any other file by a signed one."""

    def __init__(
        self, store: Store, shelf: MediaShelf, links: SentLinks, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._links = links
        self._clock = clock

    async def fetch(self, address: str) -> Picture | None:
        """The photo or file to hand to a platform; None where the address names none, or none any more."""
        if (link := self._links.read(address)) is not None:
            return await self._file(link.file)
        name = address.removeprefix(PREFIX)
        return await self._photo(name) if name != address and _NAME.fullmatch(name) else None

    def router(self) -> APIRouter:
        """The route of `/sent/…`; browsers show photos, and only keep other files."""
        routes = APIRouter(tags=["sent"])

        @routes.get(PREFIX + "{name}")
        async def sent(name: str) -> Response:
            link = self._links.read(PREFIX + name)
            if link is not None and not self._links.good(link, self._clock()):
                raise HTTPException(404)
            found = await self.fetch(PREFIX + name)
            if found is None:
                raise HTTPException(404)
            saved = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"}
            headers = _HEADERS | (saved if link is not None else {})
            return Response(found.content, media_type=found.mime, headers=headers)

        return routes

    async def _photo(self, name: str) -> Picture | None:
        if await self._store.read(lambda tx: tx.attachments.sent_by_agent(name)) is None:
            return None
        content = await self._content(name)
        kind = sniff(content[:64])
        return Picture(f"photo.{kind.suffix}", kind.mime, content) if kind and kind.sort == "photo" else None

    async def _file(self, name: str) -> Picture | None:
        row = await self._store.read(lambda tx: tx.attachments.sent_by_agent(name))
        content = await self._content(name) if row is not None else b""
        return Picture(row.name, row.mime, content) if row is not None and content else None

    async def _content(self, name: str) -> bytes:
        path = self._shelf.path(name)
        return await asyncio.to_thread(lambda: path.read_bytes() if path.is_file() else b"")


def keep(shelf: MediaShelf, content: bytes) -> str:
    """Write the file durably; its random name."""
    path = shelf.new()
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return path.name
