"""One's own account: another password, signing out everywhere."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from bot.console.entering import Shut, Visitor
from bot.console.parts import Parts
from storage import Tx


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    @routes.get("/account")
    async def page(request: Request) -> Response:
        await guard.visitor(request)
        return pages.answer(request, "account.html", told=None, problem=None, wait=0)

    @routes.post("/account/password")
    async def password(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        right = await parts.entrance.proves(visitor, form.get("old", ""))
        if isinstance(right, Shut):
            return pages.answer(request, "account.html", 429, told=None, problem="locked", wait=right.wait)
        problem = await _change(parts, visitor, form) if right else "old_password_wrong"
        told = None if problem else "password_changed"
        return pages.answer(
            request, "account.html", 422 if problem else 200, told=told, problem=problem, wait=0
        )

    return routes


async def _change(parts: Parts, visitor: Visitor, form: dict[str, str]) -> str | None:
    """Give them the new password; why not, as a key of `problems`."""
    from bot.console.passwords import PasswordProblem, checked, hashed

    user, new = visitor.user, form.get("new", "")
    if new != form.get("again", ""):
        return "passwords_differ"
    try:
        checked(new, parts.settings.console.password_characters, user.name)
    except PasswordProblem:
        return "password_weak"
    kept, now = await asyncio.to_thread(hashed, new), parts.clock()

    def work(tx: Tx) -> None:
        tx.users.change(user.id, now, password=kept)
        tx.sessions.end_all(user.id, besides=visitor.session.id)
        tx.audit.note("password_changed", user.id, now, about=f"user:{user.id}")

    await parts.store.transact(work)
    return None
