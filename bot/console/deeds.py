"""What users did: the audit, searched and taken out by administrators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from bot.console.forms import strict
from bot.console.listing import SIZE, Page, download, number_of
from bot.console.parts import Parts
from bot.orders.exporting import Row
from storage import Tx
from storage.audit import Deed, Sought

ASKED = ("who", "action", "about", "from", "to")
BATCH = 1000
HEAD = ("at", "who", "action", "about", "address", "detail")


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages
    zone = ZoneInfo(parts.settings.service.zone)

    @routes.get("/audit")
    async def listing(request: Request) -> Response:
        await guard.visitor(request)
        asked = {name: request.query_params.get(name, "")[:80] for name in ASKED}
        number = number_of(request.query_params.get("page", ""))

        def work(tx: Tx) -> tuple[Page, dict[int, str]]:
            names = {one.id: one.name for one in tx.users.all()}
            sought = _sought(asked, names, zone)
            rows = tx.audit.page(sought, SIZE, (number - 1) * SIZE)
            return Page(rows, tx.audit.count(sought), number, asked), names

        page, names = await parts.store.read(work)
        return pages.answer(request, "audit/list.html", page=page, names=names)

    @routes.post("/audit/export")
    async def export(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        asked = strict(form, (*ASKED, "form"), 80)
        now, who = parts.clock(), visitor.user.id
        await parts.store.transact(
            lambda tx: tx.audit.note("audit_exported", who, now, address=visitor.session.address)
        )
        names = await parts.store.read(lambda tx: {one.id: one.name for one in tx.users.all()})
        sought = _sought(asked, names, zone)

        def rows() -> Iterator[Row]:
            behind = 0
            while batch := parts.store.run(lambda tx, b=behind: tx.audit.behind(sought, b, BATCH)):  # type: ignore[misc]
                yield from (_row(one, names, zone) for one in batch)
                behind = batch[-1].id

        return await download("audit", asked["form"], HEAD, rows)

    return routes


def _sought(asked: dict[str, str], names: dict[int, str], zone: ZoneInfo) -> Sought:
    ids = {name: number for number, name in names.items()}
    who = asked["who"].strip().casefold()
    return Sought(
        ids.get(who, 0) if who else None,
        asked["action"].strip() or None,
        asked["about"].strip() or None,
        _day(asked["from"], zone),
        _day(asked["to"], zone, 1),
    )


def _day(value: str, zone: ZoneInfo, later: int = 0) -> datetime | None:
    """The beginning of that day on the service's clock, or of one later."""
    try:
        day = date.fromisoformat(value) + timedelta(days=later)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(day, time(), zone).astimezone(UTC) if 1970 < day.year < 2200 else None


def _row(one: Deed, names: dict[int, str], zone: ZoneInfo) -> Row:
    at = f"{one.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    detail = json.dumps(one.detail, ensure_ascii=False) if one.detail else ""
    return at, names.get(one.user_id or 0, ""), one.action, one.about or "", one.address or "", detail
