"""Lists kept under a name: everybody's own, and those that supervisors keep for all.

A view is which conversations in which order, never a search: that may be a customer's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX, looking
from bot.console.entering import Visitor
from bot.console.forms import LARGEST_ID, BadForm, strict
from bot.console.looking import Look
from bot.console.parts import Parts
from bot.settings import Settings
from storage import Tx
from storage.saved_views import SavedView

MOST = 20
"""Views of one user, and of everybody."""
COUNTED = 100
LONGEST = 40
_LEFT_OUT = {"q": "", "more": "", "back": ""}


@dataclass(frozen=True, slots=True)
class Shown:
    """One view as the page shows it; without a `look` its filters are none any more."""

    view: SavedView
    look: Look | None
    count: int
    current: bool
    may_change: bool


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard = APIRouter(), parts.guard

    @routes.post("/views")
    async def keep(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        wish, now = strict(form, ("name", "query", "shared")), parts.clock()
        name, query = _name(wish["name"]), _query(wish["query"], parts.settings)
        owner = None if wish["shared"] else visitor.user.id
        _allowed(visitor, owner)

        def work(tx: Tx) -> None:
            if tx.saved_views.count(owner) >= MOST:
                raise BadForm("too_many_views")
            made = tx.saved_views.add(owner, name, query, now)
            _noted(tx, visitor, "view_kept", made, parts)

        await parts.store.transact(work)
        return RedirectResponse(f"{PREFIX}/?{query}", 303)

    @routes.post("/views/{view_id:int}/rename")
    async def rename(request: Request, view_id: int) -> Response:
        visitor, form = await guard.posted(request)
        name = _name(strict(form, ("name",))["name"])
        return await change(request, visitor, view_id, "view_renamed", name)

    @routes.post("/views/{view_id:int}/remove")
    async def remove(request: Request, view_id: int) -> Response:
        visitor, form = await guard.posted(request)
        strict(form, ())
        return await change(request, visitor, view_id, "view_removed")

    async def change(
        request: Request, visitor: Visitor, view_id: int, action: str, name: str = ""
    ) -> Response:
        def work(tx: Tx) -> bool:
            found = tx.saved_views.get(view_id if view_id < LARGEST_ID else 0)
            if found is None or found.user_id not in (None, visitor.user.id):
                return False
            _allowed(visitor, found.user_id)
            if name:
                tx.saved_views.rename(view_id, name)
            else:
                tx.saved_views.remove(view_id)
            _noted(tx, visitor, action, view_id, parts)
            return True

        if not await parts.store.transact(work):
            return parts.pages.problem(request, 404, "not_found")
        return RedirectResponse(f"{PREFIX}/", 303)

    return routes


def shown(tx: Tx, parts: Parts, visitor: Visitor, now_at: Look) -> list[Shown]:
    """The visitor's views with how many conversations each has."""
    found, user = [], visitor.user
    for one in tx.saved_views.of(user.id):
        try:
            look = looking.look(dict(parse_qsl(one.query)), parts.settings)
        except BadForm:
            look = None
        now = parts.clock()
        count = 0
        if look is not None:
            count = len(tx.inbox.ids(looking.wanted(tx, parts, user, look, now)[0], COUNTED, now))
        mine = one.user_id == user.id or visitor.may("views.share")
        current = not now_at.words and one.query == now_at.query(**_LEFT_OUT)
        found.append(Shown(one, look, count, current, mine))
    return found


def _query(given: str, settings: Settings) -> str:
    """The address's end of that list, as the page itself writes it; raises BadForm."""
    return looking.look(dict(parse_qsl(given)), settings).query(**_LEFT_OUT)


def _name(given: str) -> str:
    if not given or len(given) > LONGEST or not given.isprintable():
        raise BadForm("bad_view_name")
    return given


def _allowed(visitor: Visitor, owner: int | None) -> None:
    if owner is None and not visitor.may("views.share"):
        raise BadForm("views_not_shared")


def _noted(tx: Tx, visitor: Visitor, action: str, view_id: int, parts: Parts, **detail: Any) -> None:
    about = f"view:{view_id}"
    tx.audit.note(action, visitor.user.id, parts.clock(), about=about, address=visitor.address, **detail)
