"""The catalogue in the console: every code that orders and articles use, with its names, searched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fastapi import APIRouter, Request, Response

from bot.console.forms import strict
from bot.console.listing import SIZE, Page, download, number_of
from bot.console.parts import Parts
from nlu.catalogue import in_use

SORTS = ("products", "brands", "symptoms")
COLUMNS = ("sort", "code", "zh", "en")
Entry = tuple[str, str, str, str]


def router(parts: Parts) -> APIRouter:
    """The route."""
    routes = APIRouter()

    @routes.get("/catalogue")
    async def listing(request: Request) -> Response:
        await parts.guard.visitor(request)
        asked = {name: request.query_params.get(name, "")[:100] for name in ("q", "sort")}
        number, found = number_of(request.query_params.get("page", "")), _found(asked)
        page = Page(found[(number - 1) * SIZE : number * SIZE], len(found), number, asked)
        return parts.pages.answer(request, "catalogue/list.html", page=page, sorts=(*SORTS, "models"))

    @routes.post("/catalogue/export")
    async def export(request: Request) -> Response:
        visitor, form = await parts.guard.posted(request)
        asked, now = strict(form, ("q", "sort", "form"), 100), parts.clock()
        address, words = visitor.session.address, parts.pages.words(request)["catalogue"]
        await parts.store.transact(
            lambda tx: tx.audit.note("catalogue_exported", visitor.user.id, now, address=address)
        )
        rows = [(words["sorts"][sort], *told) for sort, *told in _found(asked)]
        head = [words["columns"][one] for one in COLUMNS]
        return await download("catalogue", asked["form"], head, lambda: rows)

    return routes


def _found(asked: Mapping[str, str]) -> list[Entry]:
    words = asked["q"].strip().casefold()
    return [
        one
        for one in entries()
        if asked["sort"] in ("", one[0]) and any(words in told.casefold() for told in one[1:])
    ]


def entries() -> Iterator[Entry]:
    """Sort, code, Chinese and English name of everything."""
    things = in_use()
    for sort in SORTS:
        for code in things.names[sort]:
            yield sort, code, things.name(sort, code, "zh"), things.name(sort, code, "en")
    for model in things.models:
        yield "models", model, model, model
