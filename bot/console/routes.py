"""Every route of the console, and what becomes of requests that are not taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import metrics
from bot.channels.web.assets import Assets
from bot.console import (
    PREFIX,
    account,
    alerting,
    bulk,
    catalogue,
    catalogue_entry,
    complaints,
    customers,
    customers_found,
    deeds,
    experts,
    first_steps,
    floor,
    hits,
    inbox,
    knowledge,
    knowledge_found,
    live,
    media,
    mentioning,
    orders,
    palette,
    people,
    preferring,
    replies,
    response_times,
    revealing,
    samples,
    saved_views,
    second_factor,
    signing,
    signs,
    snoozing,
    telegram_link,
)
from bot.console.door import AccountFirst, Forbidden, Guard, SignInWanted, Unseen, inside
from bot.console.entering import Entrance
from bot.console.forms import BadForm
from bot.console.means import DeskFor
from bot.console.oidc import routes as oidc
from bot.console.pages import HEADERS, HERE, Pages
from bot.console.panel import order_routes
from bot.console.panel import routes as panel
from bot.console.parts import Parts
from bot.console.replying import drafting, files
from bot.console.replying import routes as replying
from bot.settings import Settings
from bot.voice import DeskVoice
from handlers.dispatch.giving import Dispatcher
from handlers.ownership import Taking
from storage import Store, StoreProblem

log = structlog.get_logger()


def routes(
    store: Store,
    settings: Settings,
    clock: Callable[[], datetime],
    voice: DeskVoice,
    wake: Callable[[str, str], None],
    desk_for: DeskFor,
) -> FastAPI:
    """The application with all its pages."""
    entrance = Entrance(store, settings.console, clock)
    secure = (settings.http.public_url or "").startswith("https://")
    service = settings.service
    parts = Parts(
        store, settings, clock, voice, wake,
        Taking(Dispatcher(settings.dispatch, settings.calendar.days(), service.zone), settings.queue),
        desk_for, entrance, Guard(entrance, secure), Pages(service.name, service.zone, service.language),
    )  # fmt: skip
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, exception_handlers=_handlers(parts))
    app.add_middleware(Headed)
    for group in (
        signing,
        oidc,
        account,
        preferring,
        first_steps,
        inbox,
        alerting,
        palette,
        mentioning,
        bulk,
        saved_views,
        floor,
        response_times,
        experts,
        samples,
        hits,
        complaints,
        live,
        media,
        revealing,
        orders,
        customers_found,
        customers,
        catalogue,
        catalogue_entry,
        knowledge_found,
        knowledge,
        replies,
        people,
        deeds,
        second_factor,
        telegram_link,
        replying,
        drafting,
        files,
        panel,
        order_routes,
        snoozing,
        signs,
    ):
        app.include_router(group.router(parts))
    static = Assets(HERE / "static", HERE / "static" / "vendor")

    @app.get("/static/{name}")
    async def asset(name: str, request: Request) -> Response:
        return static.serve(name, request)

    @app.get("/too-large")
    async def too_large(request: Request) -> Response:
        response = parts.pages.problem(request, 413, "too_large")
        response.headers["Connection"] = "close"  # what was sent is not read
        return response

    return app


class Headed:
    """ASGI: every answer carries the headers, where it does not say otherwise itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, headed)


def _handlers(parts: Parts) -> dict[Any, Any]:
    async def sign_in(request: Request, _problem: Exception) -> Response:
        part = request.headers.get("hx-request") == "true"
        shown = request.method == "GET" and not part
        page = request.url if shown else urlsplit(request.headers.get("referer", ""))
        wanted = quote(inside(f"{page.path}?{page.query}" if page.query else page.path))
        if part:
            return Response(status_code=401, headers={"HX-Redirect": f"{PREFIX}/sign-in?next={wanted}"})
        return RedirectResponse(f"{PREFIX}/sign-in?next={wanted}", 303)

    async def account_first(request: Request, _problem: Exception) -> Response:
        if request.headers.get("hx-request") == "true":
            return Response(status_code=403, headers={"HX-Redirect": f"{PREFIX}/account"})
        return RedirectResponse(f"{PREFIX}/account", 303)

    async def forbidden(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, Forbidden)
        metrics.count("console_refused")
        return parts.pages.problem(request, 404 if isinstance(problem, Unseen) else 403, problem.word)

    async def away(request: Request, problem: Exception) -> Response:
        log.error("store.away", reason=str(problem))
        return parts.pages.problem(request, 503, "database_away")

    async def form(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, BadForm)
        metrics.count("console_bad_form")
        return parts.pages.problem(request, 422, problem.word)

    async def other(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, HTTPException)
        word = {404: "not_found", 413: "too_large"}.get(problem.status_code, "bad_request")
        return parts.pages.problem(request, problem.status_code, word)

    return {
        SignInWanted: sign_in, AccountFirst: account_first, Forbidden: forbidden, StoreProblem: away,
        HTTPException: other, BadForm: form,
    }  # fmt: skip
