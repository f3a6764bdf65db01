"""The list of articles in the console: found, and taken out as a table or as the files they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.console.forms import strict
from bot.console.listing import SIZE, Page, download, number_of, zipped
from bot.console.parts import Parts
from bot.knowledge.exporting import files_of, newest
from bot.orders.exporting import LONGEST, Row
from nlu import article as articles
from storage import Tx
from storage.articles import ArticleVersion

ASKED = ("q", "state", "language")
COLUMNS = ("id", "title", "language", "version", "state", "changed", "by", "text")
FILES = "zip"
"""The export of Markdown files with their pictures, as `kb export` writes them."""


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    @routes.get("/knowledge")
    async def listing(request: Request) -> Response:
        await guard.visitor(request)
        asked = {name: request.query_params.get(name, "")[:100] for name in ASKED}
        number = number_of(request.query_params.get("page", ""))
        found = await parts.store.read(lambda tx: _found(tx, asked))
        page = Page(found[(number - 1) * SIZE : number * SIZE], len(found), number, asked)
        return pages.answer(request, "knowledge/list.html", page=page, states=articles.STATES)

    @routes.post("/knowledge/export")
    async def export(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        asked, now, words = (
            strict(form, (*ASKED, "form"), 100),
            parts.clock(),
            pages.words(request)["knowledge"],
        )

        def work(tx: Tx) -> tuple[list[ArticleVersion], dict[str, bytes]]:
            address, kind = visitor.session.address, asked["form"]
            tx.audit.note("articles_exported", visitor.user.id, now, address=address, form=kind)
            found = _found(tx, asked)
            return found, files_of(tx, found).contents if kind == FILES else {}

        found, contents = await parts.store.transact(work)
        if asked["form"] == FILES:
            return await zipped("knowledge", contents)
        head = [words["columns"][one] for one in COLUMNS]
        return await download(
            "knowledge",
            asked["form"],
            head,
            lambda: (_row(one, words, pages.day(one.created_at)) for one in found),
        )

    return routes


def _found(tx: Tx, asked: Mapping[str, str]) -> list[ArticleVersion]:
    """The newest version of each article that fits."""
    words = asked["q"].strip().casefold()
    return [
        one
        for one in newest(tx.articles.all())
        if asked["state"] in ("", one.state)
        and asked["language"] in ("", one.language)
        and (words in one.article or words in one.title.casefold() or words in one.text.casefold())
    ]


def _row(one: ArticleVersion, words: Mapping[str, Any], day: str) -> Row:
    language, state = words["languages"][one.language], words["states"][one.state]
    return (
        one.article, one.title, language, one.version, state, day, one.created_by, one.text[:LONGEST],
    )  # fmt: skip
