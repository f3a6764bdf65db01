"""Canned replies in the console: searched by everybody, written, reworded and removed by supervisors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX
from bot.console.entering import Visitor
from bot.console.forms import LARGEST_ID, BadForm, strict
from bot.console.listing import SIZE, Page, download, number_of
from bot.console.parts import Parts
from bot.console.replying import canned
from storage import Tx
from storage.canned import CannedReply

LANGUAGES = ("zh", "en")
LONGEST = 2000
HEAD = ("shortcut", "language", "skill", "text")


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    async def found(asked: Mapping[str, str]) -> list[CannedReply]:
        words, now = asked["q"].strip().casefold(), parts.clock()
        if not await parts.store.read(lambda tx: tx.canned.any()):
            await parts.store.transact(lambda tx: canned.ship(tx, now))
        known = await parts.store.read(lambda tx: tx.canned.all())
        return [
            one
            for one in known
            if asked["language"] in ("", one.language)
            and any(words in told.casefold() for told in (one.shortcut, one.skill, one.text))
        ]

    async def shown(
        request: Request,
        status: int = 200,
        problem: str | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        asked = {name: request.query_params.get(name, "")[:100] for name in ("q", "language")}
        number, rows = number_of(request.query_params.get("page", "")), await found(asked)
        page = Page(rows[(number - 1) * SIZE : number * SIZE], len(rows), number, asked)
        return pages.answer(
            request, "replies.html", status, page=page, problem=problem, languages=LANGUAGES,
            typed=typed or dict.fromkeys(HEAD, ""),
        )  # fmt: skip

    @routes.get("/replies")
    async def listing(request: Request) -> Response:
        await guard.visitor(request)
        return await shown(request)

    @routes.post("/replies/export")
    async def export(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        asked, now = strict(form, ("q", "language", "form")), parts.clock()
        await parts.store.transact(lambda tx: _noted(tx, visitor, "replies_exported", None, now))
        rows = [(one.shortcut, one.language, one.skill, one.text) for one in await found(asked)]
        return await download("replies", asked["form"], HEAD, lambda: rows)

    @routes.post("/replies")
    async def add(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        wish, now = strict(form, HEAD, LONGEST), parts.clock()

        def work(tx: Tx) -> None:
            canned.ship(tx, now)
            made = tx.canned.add(wish["shortcut"], wish["language"], wish["skill"], wish["text"], now)
            if made is None:
                raise BadForm("reply_there")
            _noted(tx, visitor, "reply_added", made, now)

        try:
            shortcut_fits = canned.SHORTCUT.fullmatch(wish["shortcut"]) and len(wish["skill"]) <= 64
            if not shortcut_fits or wish["language"] not in LANGUAGES:
                raise BadForm("bad_shortcut")
            _checked(wish["text"])
            await parts.store.transact(work)
        except BadForm as problem:
            return await shown(request, 422, problem.word, wish)
        return RedirectResponse(f"{PREFIX}/replies", 303)

    async def changed(request: Request, reply_id: int, remove: bool) -> Response:
        visitor, form = await guard.posted(request)
        wish, now = strict(form, () if remove else ("text",), LONGEST), parts.clock()

        def work(tx: Tx) -> bool:
            if reply_id >= LARGEST_ID:
                return False
            done = (
                tx.canned.remove(reply_id, now) if remove else tx.canned.change(reply_id, wish["text"], now)
            )
            if done:
                _noted(tx, visitor, "reply_removed" if remove else "reply_reworded", reply_id, now)
            return done

        try:
            if not remove:
                _checked(wish["text"])
            if not await parts.store.transact(work):
                return pages.problem(request, 404, "not_found")
        except BadForm as problem:
            return await shown(request, 422, problem.word)
        return RedirectResponse(f"{PREFIX}/replies", 303)

    @routes.post("/replies/{reply_id:int}/text")
    async def reword(request: Request, reply_id: int) -> Response:
        return await changed(request, reply_id, remove=False)

    @routes.post("/replies/{reply_id:int}/remove")
    async def remove(request: Request, reply_id: int) -> Response:
        return await changed(request, reply_id, remove=True)

    return routes


def _checked(text: str) -> None:
    """Raises BadForm for a text without words, or with a name in braces that nothing fills."""
    if not text:
        raise BadForm("empty")
    if canned.unknown(text):
        raise BadForm("unknown_name")


def _noted(tx: Tx, visitor: Visitor, action: str, reply_id: int | None, now: Any) -> None:
    about = f"reply:{reply_id}" if reply_id else None
    tx.audit.note(action, visitor.user.id, now, about=about, address=visitor.address)
