"""Sheets' pictures for channels and browsers, drawn when they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from fastapi import APIRouter, HTTPException, Response

from bot.channels.protocol import Picture
from bot.settings import Settings
from bot.sheet.gathering import sheet_of
from bot.sheet.links import PREFIX, Link, SheetLinks, kept_key
from bot.sheet.sheet import Company, ServiceSheet, SheetProblem
from storage import Store, Tx

log = structlog.get_logger()

AT_ONCE = 2
"""Sheets drawn at the same time: each keeps a processor busy."""
_HEADERS = {
    "Cache-Control": "private, max-age=300",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


class SheetPictures:
    """Gives out addresses of sheets and draws what they name."""

    def __init__(
        self,
        store: Store,
        links: SheetLinks,
        company: Company,
        clock: Callable[[], datetime],
        days: int,
    ) -> None:
        self._store = store
        self._links = links
        self._company = company
        self._clock = clock
        self._days = days
        self._drawing = asyncio.Semaphore(AT_ONCE)

    @classmethod
    def from_settings(cls, settings: Settings, store: Store, clock: Callable[[], datetime]) -> SheetPictures:
        """As configured; the key of the addresses lies in the data folder."""
        links = SheetLinks(kept_key(settings.data_path / "sheet-links.key"))
        return cls(store, links, settings.service, clock, settings.service.sheet_link_days)

    def address(self, number: str, language: str, now: datetime) -> str:
        """Where the sheet of that order is seen from now on."""
        until = self._today(now) + timedelta(days=self._days)
        return self._links.address(Link(number, language, until))

    async def fetch(self, address: str) -> Picture | None:
        """The picture to send into a chat, however long it waited; None where the address names no sheet."""
        link = self._links.read(address)
        try:
            return await self._drawn(link) if link else None
        except SheetProblem as problem:
            log.error("sheet.not_drawn", reason=str(problem))
            return None

    def router(self) -> APIRouter:
        """The route of `/sheets/…png`."""
        routes = APIRouter(tags=["sheets"])

        @routes.get(PREFIX + "{name}")
        async def picture(name: str) -> Response:
            link = self._links.read(PREFIX + name)
            if link is None or link.until < self._today(self._clock()):
                raise HTTPException(404)
            found = await self._drawn(link)
            if found is None:
                raise HTTPException(404)
            return Response(found.content, media_type=found.mime, headers=_HEADERS)

        return routes

    async def _drawn(self, link: Link) -> Picture | None:
        sheet = await self._store.read(lambda tx: self._sheet(tx, link.number))
        if sheet is None:
            return None
        async with self._drawing:
            return await asyncio.to_thread(_picture, sheet, link, self._clock())

    def _sheet(self, tx: Tx, number: str) -> ServiceSheet | None:
        order = tx.orders.find(number)
        if order is None:
            return None
        return sheet_of(tx, order, self._company)

    def _today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self._company.zone)).date()


def _picture(sheet: ServiceSheet, link: Link, now: datetime) -> Picture:
    from bot.sheet.drawing import image  # Typst is large: a desk that sends no sheets does not load it

    return Picture(f"{link.number}.png", "image/png", image(sheet, link.language, now))
