"""The experts' desk: what agents ask them, orders that came back, knowledge to work on; live (G5, D3)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.app import context_maker
from bot.console.entering import Visitor
from bot.console.masking import sight
from bot.console.parts import Parts
from bot.knowledge import feedback
from bot.knowledge.exporting import newest
from handlers.life.words import word
from nlu.privacy import redact
from storage import Tx
from storage.inbox import Wanted
from storage.order_search import Filters

MOST = 20
"""Rows of each list."""
UNDER_WORK = ("draft", "review")
RATED = 3
"""So often an article is rated before its rate says something."""


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    async def shown(request: Request, template: str) -> Response:
        visitor = await guard.visitor(request, active=request.headers.get("hx-request") != "true")
        now = parts.clock()
        found = await parts.store.read(lambda tx: _everything(tx, parts, visitor, now))
        return pages.answer(request, template, now=now, word=word, **found)

    @routes.get("/experts")
    async def page(request: Request) -> Response:
        return await shown(request, "experts/desk.html")

    @routes.get("/experts/live")
    async def live(request: Request) -> Response:
        return await shown(request, "experts/live.html")

    return routes


def _everything(tx: Tx, parts: Parts, visitor: Visitor, now: datetime) -> dict[str, Any]:
    user = visitor.user
    ids = tx.inbox.ids(Wanted("expert", user.id, "priority"), MOST, now)
    context = context_maker(parts.settings)
    gaps = Counter(redact(one.text, context(one.at)).strip() for one in tx.knowledge.gaps())
    return {
        "rows": tx.inbox.rows(ids, user.id),
        "asked": {one: tx.notes.of(one)[-1:] for one in ids},
        "names": {one.id: one.shown for one in tx.users.all()},
        "sight": sight(tx, visitor, parts.reveals_since()),
        "stubborn": tx.order_search.page(Filters(open=True, stubborn=True), MOST),
        "drafts": [one for one in newest(tx.articles.all()) if one.state in UNDER_WORK][:MOST],
        "gaps": gaps.most_common(MOST),
        "unhelpful": [one for one in feedback.rates(tx.knowledge.ratings(), RATED) if one.not_helpful][:MOST],
    }
