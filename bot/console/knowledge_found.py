"""The list of articles in the console: found, taken in from the files, and out as a table or as files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX
from bot.console.forms import strict
from bot.console.listing import SIZE, Page, download, number_of, zipped
from bot.console.parts import Parts
from bot.knowledge.exporting import files_of, newest
from bot.knowledge.importing import carry_out, incoming
from bot.orders.exporting import LONGEST, Row
from nlu import article as articles
from nlu.catalogue import in_use
from nlu.knowledge import ARTICLES, KnowledgeError
from storage import Tx
from storage.articles import ArticleVersion

log = structlog.get_logger()

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
        found, empty = await parts.store.read(lambda tx: (_found(tx, asked), not tx.articles.all()))
        page = Page(found[(number - 1) * SIZE : number * SIZE], len(found), number, asked)
        return pages.answer(request, "knowledge/list.html", page=page, states=articles.STATES, empty=empty)

    @routes.post("/knowledge/take-in")
    async def take_in(request: Request) -> Response:
        visitor, _ = await guard.posted(request)
        now, actor = parts.clock(), visitor.user.name
        folder = parts.settings.understanding.articles or ARTICLES

        def work(tx: Tx) -> None:
            tx.articles.touch()  # two presses at once: the second finds them there
            if tx.articles.all():
                return
            made = carry_out(tx, found, actor, now)
            tx.audit.note(
                "articles_taken_in", visitor.user.id, now, address=visitor.address, count=len(made.changes)
            )

        try:
            found, _ = await asyncio.to_thread(incoming, folder, actor, now, in_use())
            await parts.store.transact(work)
        except KnowledgeError as problem:
            log.error("articles.not_taken_in", problems=[str(one) for one in problem.problems[:5]])
            return pages.problem(request, 422, "articles_broken")
        return RedirectResponse(f"{PREFIX}/knowledge", 303)

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
