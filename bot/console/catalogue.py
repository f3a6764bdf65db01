"""The catalogue in the console: every code that orders and articles use, searched and taken out."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from bot.console.catalogue_things import SORTS, Thing, every
from bot.console.forms import strict
from bot.console.listing import SIZE, Page, download, number_of
from bot.console.parts import Parts
from nlu.changed_catalogue import EDITED
from storage import Tx

ASKED = ("q", "sort", "state")
STATES = ("used", "retired", "changed")
COLUMNS = ("sort", "code", "zh", "en", "words", "state")


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.get("/catalogue")
    async def listing(request: Request) -> Response:
        await parts.guard.visitor(request)
        asked = {name: request.query_params.get(name, "")[:100] for name in ASKED}
        number = number_of(request.query_params.get("page", ""))
        found = await parts.store.read(lambda tx: _found(tx, asked))
        page = Page(found[(number - 1) * SIZE : number * SIZE], len(found), number, asked)
        return parts.pages.answer(
            request, "catalogue/list.html", page=page, sorts=SORTS, states=STATES, edited=EDITED
        )

    @routes.post("/catalogue/export")
    async def export(request: Request) -> Response:
        visitor, form = await parts.guard.posted(request)
        asked, now = strict(form, (*ASKED, "form"), 100), parts.clock()
        address, words = visitor.session.address, parts.pages.words(request)["catalogue"]

        def work(tx: Tx) -> list[Thing]:
            tx.audit.note("catalogue_exported", visitor.user.id, now, address=address)
            return _found(tx, asked)

        found = await parts.store.transact(work)
        rows = [
            (
                words["sorts"][one.sort], one.code, one.name("zh"), one.name("en"), "; ".join(one.aliases),
                words["states"]["retired" if one.retired else "used"],
            )
            for one in found
        ]  # fmt: skip
        head = [words["columns"][one] for one in COLUMNS]
        return await download("catalogue", asked["form"], head, lambda: rows)

    return routes


def _found(tx: Tx, asked: Mapping[str, str]) -> list[Thing]:
    words = asked["q"].strip().casefold()
    return [
        one
        for one in every(tx)
        if asked["sort"] in ("", one.sort)
        and asked["state"] in ("", *_states(one))
        and any(words in told.casefold() for told in (one.code, one.name("zh"), one.name("en"), *one.aliases))
    ]


def _states(one: Thing) -> tuple[str, ...]:
    return ("retired" if one.retired else "used", *(("changed",) if one.version else ()))
