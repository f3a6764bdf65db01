"""Writing a reply: canned ones to choose from, taking one back, trying one again."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from bot.cleaning import clean
from bot.console import PREFIX
from bot.console.acting import BadText
from bot.console.forms import LARGEST_ID
from bot.console.parts import Parts
from bot.console.replying import again, articles, offering
from bot.console.replying.withdrawing import take_back
from handlers.ownership import NotMoved


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    @routes.get("/talks/{talk_id:int}/replies")
    async def replies(request: Request, talk_id: int, typed: str = "") -> Response:
        visitor = await guard.visitor(request)
        found = await offering.offered(parts, visitor, talk_id if talk_id < LARGEST_ID else 0, typed[:32])
        if found is None:
            return pages.problem(request, 404, "not_found")
        return pages.answer(request, "talk/replies.html", replies=found)

    @routes.get("/talks/{talk_id:int}/articles", dependencies=parts.by_itself.each)
    async def fitting(request: Request, talk_id: int, typed: str = "", part: str = "") -> Response:
        await guard.visitor(request, active=part != "beside")  # the page asks for those beside by itself
        known = talk_id if talk_id < LARGEST_ID else 0
        found = await articles.suggested(parts, known, clean(typed, articles.SEARCHED).strip())
        if found is None:
            return pages.problem(request, 404, "not_found")
        template = "talk/articles_beside.html" if part == "beside" else "talk/articles.html"
        return pages.answer(request, template, articles=found)

    @routes.post("/talks/{talk_id:int}/messages/{seq:int}/take-back")
    async def withdraw(request: Request, talk_id: int, seq: int) -> Response:
        visitor, _ = await guard.posted(request)
        if talk_id >= LARGEST_ID or seq >= 2**31:
            return pages.problem(request, 404, "not_found")
        try:
            back = await take_back(parts, visitor, talk_id, seq)
        except BadText as problem:
            return pages.problem(request, 404 if problem.word == "not_found" else 409, problem.word)
        except NotMoved as refused:
            return pages.problem(request, 409, refused.why)
        if request.headers.get("hx-request") == "true":
            words = pages.words(request)["then"]["undone"]
            return JSONResponse({"text": back.text, **({"told": words[back.undone]} if back.undone else {})})
        return RedirectResponse(f"{PREFIX}/talks/{talk_id}", 303)

    @routes.post("/talks/{talk_id:int}/messages/{seq:int}/again")
    async def once_more(request: Request, talk_id: int, seq: int) -> Response:
        visitor, _ = await guard.posted(request)
        if talk_id >= LARGEST_ID or seq >= 2**31:
            return pages.problem(request, 404, "not_found")
        try:
            await again.send_again(parts, visitor, talk_id, seq)
        except BadText as problem:
            return pages.problem(request, 404 if problem.word == "not_found" else 409, problem.word)
        except NotMoved as refused:
            return pages.problem(request, 409, refused.why)
        return RedirectResponse(f"{PREFIX}/talks/{talk_id}", 303)

    return routes
