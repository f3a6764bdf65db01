"""Putting a conversation off until a time of one's choice, and taking it up before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX, acting
from bot.console.entering import Visitor
from bot.console.forms import LARGEST_ID, BadForm, strict
from bot.console.means import Means
from bot.console.parts import Parts
from handlers import ownership
from handlers.ownership import PRESETS, NotMoved
from storage import Tx
from storage.conversations import Conversation

Deed = Callable[[Tx, Conversation], dict[str, Any] | None]
"""What is done with the conversation; what the audit keeps of it, None where nothing was."""


def router(parts: Parts) -> APIRouter:
    """The two deeds."""
    routes, guard = APIRouter(), parts.guard

    @routes.post("/talks/{talk_id:int}/snooze")
    async def snooze(request: Request, talk_id: int) -> Response:
        visitor, form = await guard.posted(request)
        wish, now = strict(form, ("preset", "until")), parts.clock()

        def deed(tx: Tx, room: Conversation) -> dict[str, Any]:
            until = moment(parts, tx, room, wish["preset"], wish["until"], now)
            ownership.snooze(tx, room, until, now)
            return {"until": until.isoformat()}

        return await _done(request, visitor, talk_id, "snooze", deed, now)

    @routes.post("/talks/{talk_id:int}/wake")
    async def wake(request: Request, talk_id: int) -> Response:
        visitor, form = await guard.posted(request)
        strict(form, ())
        now = parts.clock()

        def deed(tx: Tx, room: Conversation) -> dict[str, Any] | None:
            return {} if ownership.wake(tx, room, now) else None

        return await _done(request, visitor, talk_id, "wake", deed, now)

    async def _done(
        request: Request, visitor: Visitor, talk_id: int, name: str, deed: Deed, now: datetime
    ) -> Response:
        def work(tx: Tx) -> bool:
            if talk_id >= LARGEST_ID or tx.conversations.known(talk_id) is None:
                return False
            room = tx.conversations.get(talk_id, lock=True)
            acting.theirs(room, visitor)
            kept = deed(tx, room)
            if kept is not None:
                acting.noted(tx, visitor, name, room, now, **kept)
            return True

        try:
            if not await parts.store.transact(work):
                return parts.pages.problem(request, 404, "not_found")
        except NotMoved as refused:
            names = await parts.store.read(lambda tx: {one.id: one.shown for one in tx.users.all()})
            return parts.pages.problem(request, 409, refused.why, who=names.get(refused.agent_id or 0, ""))
        return RedirectResponse(f"{PREFIX}/talks/{talk_id}", 303)

    return routes


def moment(means: Means, tx: Tx, room: Conversation, preset: str, until: str, now: datetime) -> datetime:
    """Until when: a preset, or a time on the service's clock; raises BadForm for what is none."""
    zone = means.settings.service.zone
    if preset in PRESETS:
        working_time = means.desk_for(tx, room, "snooze", now).terms.promises.working_time
        return ownership.preset(preset, now, working_time, zone)
    try:
        told = datetime.fromisoformat(until)
        local = told if told.tzinfo else told.replace(tzinfo=ZoneInfo(zone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadForm("snooze_when") from None
