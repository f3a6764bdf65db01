"""One's own account: another password, signing out everywhere."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from bot.console.entering import Shut, Visitor
from bot.console.forms import BadForm, strict
from bot.console.parts import Parts
from storage import Tx

PASSWORDS = ("old", "new", "again", "name")


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard = APIRouter(), parts.guard

    def page(
        request: Request,
        status: int = 200,
        *,
        told: str | None = None,
        problem: str | None = None,
        wait: int = 0,
    ) -> Response:
        return parts.pages.answer(request, "account.html", status, told=told, problem=problem, wait=wait)

    @routes.get("/account")
    async def account(request: Request) -> Response:
        await guard.visitor(request)
        return page(request)

    @routes.post("/account/password")
    async def password(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        right = await parts.entrance.proves(visitor, form.get("old", ""))
        if isinstance(right, Shut):
            return page(request, 429, problem="locked", wait=right.wait)
        try:
            if not right:
                raise BadForm("old_password_wrong")
            token = await _change(parts, visitor, form)
        except BadForm as problem:
            return page(request, 422, problem=problem.word)
        request.state.visitor = await parts.entrance.visitor(token)
        response = page(request, told="password_changed")
        guard.give(response, token, parts.settings.console.session_hours)
        return response

    return routes


async def _change(parts: Parts, visitor: Visitor, form: dict[str, str]) -> str:
    """Give them the new password; the token of their new session, the only one. Raises BadForm."""
    from bot.console.passwords import PasswordProblem, checked, hashed

    strict({name: value[:1] for name, value in form.items()}, PASSWORDS)
    user, new = visitor.user, form.get("new", "")
    if new != form.get("again", ""):
        raise BadForm("passwords_differ")
    if new == form.get("old", ""):
        raise BadForm("password_same")
    try:
        checked(new, parts.settings.console.password_characters, user.name)
    except PasswordProblem:
        raise BadForm("password_weak") from None
    kept, now = await asyncio.to_thread(hashed, new), parts.clock()

    def work(tx: Tx) -> str:
        tx.users.change(user.id, now, password=kept, once=False)
        tx.audit.note("password_changed", user.id, now, about=f"user:{user.id}")
        return parts.entrance.renew(tx, user, visitor.session.address)

    return await parts.store.transact(work)
