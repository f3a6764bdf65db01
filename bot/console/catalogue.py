"""The catalogue in the console: every code that orders and articles use, with its names, searched."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Request, Response

from bot.console.listing import SIZE, Page, number_of
from bot.console.parts import Parts
from nlu.catalogue import in_use

SORTS = ("products", "brands", "symptoms")
Entry = tuple[str, str, str, str]


def router(parts: Parts) -> APIRouter:
    """The route."""
    routes = APIRouter()

    @routes.get("/catalogue")
    async def listing(request: Request) -> Response:
        await parts.guard.visitor(request)
        asked = {name: request.query_params.get(name, "")[:100] for name in ("q", "sort")}
        number, words = number_of(request.query_params.get("page", "")), asked["q"].strip().casefold()
        found = [
            one
            for one in entries()
            if asked["sort"] in ("", one[0]) and any(words in told.casefold() for told in one[1:])
        ]
        page = Page(found[(number - 1) * SIZE : number * SIZE], len(found), number, asked)
        return parts.pages.answer(request, "catalogue/list.html", page=page, sorts=(*SORTS, "models"))

    return routes


def entries() -> Iterator[Entry]:
    """Sort, code, Chinese and English name of everything."""
    things = in_use()
    for sort in SORTS:
        for code in things.names[sort]:
            yield sort, code, things.name(sort, code, "zh"), things.name(sort, code, "en")
    for model in things.models:
        yield "models", model, model, model
