"""The demo page at /demo: a simulated Telegram customer and a simulated WeChat customer side by side."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.channels.web import words
from bot.channels.web.assets import Assets
from bot.channels.web.page import STATIC, Page
from bot.channels.web.refusals import GuardedRoute
from bot.settings import Settings

WORDS = Path(__file__).with_name("demo.yml")


def demo_page_router(settings: Settings) -> APIRouter:
    """`/demo`, its static files, and `/` leading there; `settings` as they were before the simulators.

    A channel that is enabled by itself is connected to a real account and has no simulated customer.
    """
    facts = {
        "service": settings.service.name,
        "telegram": not settings.channels.telegram.enabled,
        "wechat": not settings.channels.wechat.enabled,
        "web": settings.channels.web.enabled,
    }
    page = Page("demo.html", words.read(WORDS), facts, settings.service.language)
    assets = Assets(STATIC / "demo", STATIC / "chat")
    routes = APIRouter(route_class=GuardedRoute, tags=["demo"])

    @routes.get("/")
    async def home() -> Response:
        return RedirectResponse("/demo", 307)

    @routes.get("/demo")
    async def demo(request: Request) -> Response:
        return page.answer(request)

    @routes.get("/demo/static/{name}")
    async def static(name: str, request: Request) -> Response:
        return assets.serve(name, request)

    return routes
