"""Who else looks at a conversation or writes in it, so that nobody talks over a colleague."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from bot.console.entering import Visitor
from bot.console.forms import LARGEST_ID, BadForm, strict
from bot.console.parts import Parts
from storage import Tx
from storage.conversations import Conversation
from storage.signs import Sign, page_of

LONGEST = 4
"""Characters of a page's mark: two pages of one agent are told apart."""


def router(parts: Parts) -> APIRouter:
    """The page's own sign, and what it shows of others'."""
    routes, guard = APIRouter(), parts.guard

    @routes.get("/talks/{talk_id:int}/signs", dependencies=parts.by_itself.each)
    async def signs(request: Request, talk_id: int) -> Response:
        visitor = await guard.visitor(request, active=False)
        known = talk_id if talk_id < LARGEST_ID else 0
        found = await parts.store.read(lambda tx: others(tx, parts, visitor, known))
        return parts.pages.answer(request, "talk/signs.html", **found)

    @routes.post("/talks/{talk_id:int}/here")
    async def here(request: Request, talk_id: int) -> Response:
        visitor, form = await guard.posted(request, active=False)  # an open page is nobody at work
        wish, now = strict(form, ("writes", "gone", "page"), longest=LONGEST), parts.clock()
        if wish["page"] and not wish["page"].isalnum():
            raise BadForm("bad_request")
        who = page_of(visitor.user.id, wish["page"])

        def work(tx: Tx) -> Conversation | None:
            room = tx.conversations.known(talk_id if talk_id < LARGEST_ID else 0)
            if room is None:
                return None
            if wish["gone"]:
                news = tx.signs.leave(talk_id, who, now)
            else:
                news = tx.signs.show(talk_id, who, wish["writes"] == "1", now)
            if news:
                tx.live.note([talk_id], now)
            return room

        room = await parts.store.transact(work)
        if room is None:
            return parts.pages.problem(request, 404, "not_found")
        if wish["writes"] == "1" and room.owner == "agent" and room.agent_id == visitor.user.id:
            parts.voice.typing(room)  # of nobody else: a customer waits for the one who has them
        return Response(status_code=204)

    return routes


def others(tx: Tx, parts: Parts, visitor: Visitor, talk_id: int) -> dict[str, Any]:
    """Who else is there, as the page tells it."""
    found: list[Sign] = tx.signs.others(talk_id, str(visitor.user.id), parts.clock())
    names = {one.id: one.shown for one in tx.users.all()} if found else {}
    return {
        "writing": [names.get(one.user_id or 0, "") for one in found if one.writes and one.user_id],
        "looking": [names.get(one.user_id or 0, "") for one in found if not one.writes and one.user_id],
        "customer_writes": any(one.writes and one.user_id is None for one in found),
    }


async def writing(parts: Parts, visitor: Visitor, talk_id: int) -> list[str]:
    """The names of colleagues who write to the customer there just now."""
    found = await parts.store.read(lambda tx: others(tx, parts, visitor, talk_id))
    names: list[str] = found["writing"]
    return names
