"""Words that must not be sent 服务禁语 and agents wrote: all of them, the newest first (G6)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from bot.console.forms import BadForm, row_id
from bot.console.listing import SIZE
from bot.console.parts import Parts
from storage import Tx

SENT = {"": None, "yes": "sent", "no": "tried", "back": "taken_back"}


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    @routes.get("/hits")
    async def listing(request: Request, who: str = "", sent: str = "", before: str = "") -> Response:
        await guard.visitor(request)
        behind, agent = row_id(before), row_id(who)
        if sent not in SENT or (before and behind is None) or (who and agent is None):
            raise BadForm("bad_request")

        def work(tx: Tx) -> dict[str, Any]:
            rows = tx.forbidden.latest(SIZE + 1, behind, agent, SENT[sent])
            return {"rows": rows, "names": {one.id: one.shown for one in tx.users.all()}}

        found = await parts.store.read(work)
        rows = found["rows"][:SIZE]
        last = rows[-1].id if len(found["rows"]) > SIZE else None
        return pages.answer(
            request, "samples/hits.html", rows=rows, names=found["names"], last=last, agent=agent, sent=sent
        )

    return routes
