"""The account's page takes what its user prefers."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bot.console.forms import BadForm, strict
from bot.console.parts import Parts
from bot.console.preferences import USUAL
from storage import Tx


def router(parts: Parts) -> APIRouter:
    """The deed."""
    routes = APIRouter()

    @routes.post("/account/preferences")
    async def preferences(request: Request) -> Response:
        visitor, form = await parts.guard.posted(request)
        wish, now = strict(form, tuple(USUAL), longest=1), parts.clock()
        if not set(wish.values()) <= {"", "1"}:
            raise BadForm("bad_request")
        chosen = {name: value == "1" for name, value in wish.items()}

        def work(tx: Tx) -> None:
            user = tx.users.get(visitor.user.id, lock=True)
            kept = {**(user.preferences if user else {}), **chosen}
            tx.users.change(visitor.user.id, now, preferences=kept)
            tx.audit.note("preferences", visitor.user.id, now, address=visitor.address, chosen=chosen)

        await parts.store.transact(work)
        token = request.cookies.get(parts.guard.cookie, "")
        request.state.visitor = await parts.entrance.visitor(token)
        return parts.pages.answer(request, "account.html", told="preferences", problem=None, wait=0)

    return routes
