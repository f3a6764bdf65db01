"""The supervisor's floor: everything with people now, who is there, what went wrong today; live (G5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from bot.console.entering import Visitor
from bot.console.masking import sight
from bot.console.parts import Parts
from storage import Tx, floor
from storage.inbox import Wanted


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    async def shown(request: Request, template: str) -> Response:
        visitor = await guard.visitor(request, active=request.headers.get("hx-request") != "true")
        now = parts.clock()
        found = await parts.store.read(lambda tx: _everything(tx, parts, visitor, now))
        return pages.answer(request, template, now=now, **found)

    @routes.get("/floor")
    async def page(request: Request) -> Response:
        return await shown(request, "floor/floor.html")

    @routes.get("/floor/live")
    async def live(request: Request) -> Response:
        return await shown(request, "floor/live.html")

    return routes


def _everything(tx: Tx, parts: Parts, visitor: Visitor, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(parts.settings.service.zone)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    user = visitor.user
    ids = tx.inbox.ids(Wanted("all", user.id, "waiting"), parts.settings.console.list_rows * 2, now)
    agents = floor.agents(tx)
    return {
        "counts": tx.inbox.counts(user.id),
        "agents": agents,
        "there": {
            state: sum(one.state == state for one in agents) for state in ("online", "away", "offline")
        },
        "day": floor.day(tx, midnight.astimezone(now.tzinfo)),
        "rows": tx.inbox.rows(ids, user.id),
        "names": {one.id: one.shown for one in tx.users.all()},
        "sight": sight(tx, visitor, parts.reveals_since()),
    }
