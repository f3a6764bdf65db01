"""Photos that agents sent: kept under random names, handed to platforms, shown to whoever has the address."""

from __future__ import annotations

import asyncio
import os
import re

from fastapi import APIRouter, HTTPException, Response

from bot.channels.protocol import Picture
from bot.channels.web.kinds import sniff
from bot.media import MediaShelf
from storage import Store, Tx

PREFIX = "/sent/"
_NAME = re.compile(r"[\w-]{32}", re.ASCII)
_HEADERS = {
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


class SentPhotos:
    """Finds photos by their address; 192 random bits stand in it."""

    def __init__(self, store: Store, shelf: MediaShelf) -> None:
        self._store = store
        self._shelf = shelf

    async def fetch(self, address: str) -> Picture | None:
        """The photo to hand to a platform; None where the address names none, or none any more."""
        name = address.removeprefix(PREFIX)
        if name == address or not _NAME.fullmatch(name):
            return None
        if not await self._store.read(lambda tx: sent(tx, name)):
            return None
        path = self._shelf.path(name)
        content = await asyncio.to_thread(lambda: path.read_bytes() if path.is_file() else b"")
        kind = sniff(content[:64])
        return Picture(f"photo.{kind.suffix}", kind.mime, content) if kind and kind.sort == "photo" else None

    def router(self) -> APIRouter:
        """The route of `/sent/…`."""
        routes = APIRouter(tags=["photos"])

        @routes.get(PREFIX + "{name}")
        async def photo(name: str) -> Response:
            found = await self.fetch(PREFIX + name)
            if found is None:
                raise HTTPException(404)
            return Response(found.content, media_type=found.mime, headers=_HEADERS)

        return routes


def sent(tx: Tx, name: str) -> bool:
    """Whether an agent sent the file of that name, and did not take it back."""
    return tx.attachments.sent_by_agent(name)


def keep(shelf: MediaShelf, content: bytes) -> str:
    """Write the file durably; its random name."""
    path = shelf.new()
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return path.name
