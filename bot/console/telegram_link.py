"""One's own Telegram account: linked by a code that is sent to the desk's bot, parted again."""

from __future__ import annotations

from random import SystemRandom

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX
from bot.console.entering import Shut
from bot.console.parts import Parts
from bot.telegram_desk import linking
from storage import Tx


def router(parts: Parts) -> APIRouter:
    """The routes; without a group of agents the page says that there is none."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages
    desk = parts.settings.channels.telegram.desk

    async def page(
        request: Request, status: int = 200, *, code: str = "", problem: str | None = None, wait: int = 0
    ) -> Response:
        user_id = request.state.visitor.user.id
        linked = await parts.store.read(lambda tx: tx.telegram_links.since(user_id))
        return pages.answer(
            request, "telegram_link.html", status, linked=linked, code=code, problem=problem, wait=wait,
            minutes=f"{desk.code_minutes:g}", there_is=desk.group is not None,
        )  # fmt: skip

    @routes.get("/account/telegram")
    async def account(request: Request) -> Response:
        await guard.visitor(request)
        return await page(request)

    @routes.post("/account/telegram")
    async def begin(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        if desk.group is None:
            return await page(request, 404)
        right = await parts.entrance.proves(visitor, form.get("old", ""))
        if isinstance(right, Shut):
            return await page(request, 429, problem="locked", wait=right.wait)
        if not right:
            return await page(request, 422, problem="old_password_wrong")
        now, by = parts.clock(), linking.By(visitor.user.id, visitor.address)

        def work(tx: Tx) -> str:
            return linking.offer(tx, visitor.user.id, SystemRandom(), now, desk.code_minutes, by)

        return await page(request, code=await parts.store.transact(work))

    @routes.post("/account/telegram/end")
    async def end(request: Request) -> Response:
        visitor, _ = await guard.posted(request)
        now, by = parts.clock(), linking.By(visitor.user.id, visitor.address)
        await parts.store.transact(lambda tx: linking.end(tx, visitor.user.id, now, by))
        return RedirectResponse(f"{PREFIX}/account/telegram", 303)

    return routes
