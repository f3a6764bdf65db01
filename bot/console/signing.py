"""The pages at the entrance: signing in and out, language and colours."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX
from bot.console.door import address_of, inside, same_origin, words_of
from bot.console.entering import Entered
from bot.console.pages import LANGUAGE, THEME, THEMES
from bot.console.parts import Parts

LOOKS_SECONDS = 365 * 86_400


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    @routes.get("/sign-in")
    async def page(request: Request) -> Response:
        wanted, token = inside(request.query_params.get("next", "")), request.cookies.get(guard.cookie, "")
        known = [await parts.entrance.visitor(token, partial) for partial in (False, True)] if token else []
        ended = "ended" if known == [None, None] else None
        return sign_in_page(parts, request, wanted=wanted, problem=ended)

    @routes.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        same_origin(request)
        form = words_of(await request.form())
        name, password, wanted = form.get("name", ""), form.get("password", ""), inside(form.get("next", ""))
        found = await parts.entrance.enter(name[:100], password, address_of(request))
        if not isinstance(found, Entered):
            status, problem = (429, "locked") if found.wait else (401, "wrong")
            return sign_in_page(
                parts, request, status, name=name[:100], wanted=wanted, problem=problem, wait=found.wait
            )
        return entered(parts, found, wanted)

    @routes.get("/sign-in/code")
    async def code_page(request: Request) -> Response:
        await guard.half(request)
        wanted = inside(request.query_params.get("next", ""))
        return pages.answer(request, "code.html", wanted=wanted, problem=None, wait=0)

    @routes.post("/sign-in/code")
    async def code(request: Request) -> Response:
        same_origin(request)
        visitor = await guard.half(request)
        form = words_of(await request.form())
        wanted = inside(form.get("next", ""))
        found = await parts.entrance.complete(visitor, form.get("code", "")[:40])
        if not isinstance(found, Entered):
            status, problem = (429, "locked") if found.wait else (401, "code_wrong")
            return pages.answer(request, "code.html", status, wanted=wanted, problem=problem, wait=found.wait)
        response = RedirectResponse(wanted, 303)
        guard.give(response, found.token, parts.settings.console.session_hours)
        return response

    @routes.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        await parts.entrance.leave(visitor, everywhere="everywhere" in form)
        response = RedirectResponse(f"{PREFIX}/sign-in", 303)
        response.delete_cookie(guard.cookie, path="/", httponly=True, samesite="lax", secure=guard.secure)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    @routes.post("/looks")
    async def looks(request: Request) -> Response:
        same_origin(request)
        form = words_of(await request.form())
        response = RedirectResponse(inside(form.get("next", "")), 303)
        for name, known in ((LANGUAGE, ("zh", "en")), (THEME, THEMES)):
            if form.get(name) in known:
                response.set_cookie(
                    name, form[name], path=PREFIX, max_age=LOOKS_SECONDS, samesite="lax", secure=guard.secure
                )
        return response

    return routes


def sign_in_page(
    parts: Parts,
    request: Request,
    status: int = 200,
    *,
    wanted: str,
    name: str = "",
    problem: str | None = None,
    wait: int = 0,
) -> Response:
    """The page that asks who it is; `problem` is a key of `problems`, `wait` seconds until the next try."""
    oidc = parts.settings.console.oidc
    label = oidc.label.get(parts.pages.language(request)) or next(iter(oidc.label.values()))  # type: ignore[call-overload]
    response = parts.pages.answer(
        request, "sign_in.html", status, name=name, wanted=wanted, problem=problem, wait=wait,
        elsewhere=label if oidc.enabled else None,
    )  # fmt: skip
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def entered(parts: Parts, found: Entered, wanted: str) -> Response:
    """To the page that was wanted, or to the one that asks for the code."""
    if found.partial:
        wanted = f"{PREFIX}/sign-in/code?next={quote(wanted)}"
    response = RedirectResponse(wanted, 303)
    parts.guard.give(response, found.token, parts.settings.console.session_hours)
    return response
