"""One's own second factor: set up with the phone in hand, switched off with the password."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX, codes
from bot.console.accounts import NO_SECOND_FACTOR
from bot.console.entering import Shut
from bot.console.forms import BadForm, strict
from bot.console.parts import Parts
from storage import Tx


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    def page(request: Request, secret: str, status: int = 200, problem: str | None = None) -> Response:
        user = request.state.visitor.user.name
        name = parts.settings.service.name
        address = codes.address(secret, user, next(iter(name.values())))
        return pages.answer(
            request, "second_factor.html", status, secret=secret, address=address, problem=problem,
            picture=codes.picture(address),
        )  # fmt: skip

    @routes.get("/account/second-factor")
    async def begin(request: Request) -> Response:
        await guard.visitor(request)
        return page(request, codes.new_secret())

    @routes.post("/account/second-factor")
    async def set_up(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, ("secret", "code"), 40)
        if not codes.is_secret(wish["secret"]) or visitor.user.totp_secret:
            raise BadForm("bad_request")
        now, user_id = parts.clock(), visitor.user.id
        step = codes.step_of(wish["secret"], wish["code"], now, None)
        if step is None:
            return page(request, wish["secret"], 422, "code_wrong")
        recovery = codes.new_recovery()
        kept = [codes.recovery_digest(one) for one in recovery]

        def work(tx: Tx) -> str:
            tx.users.change(user_id, now, totp_secret=wish["secret"], totp_last=step, recovery=kept)
            tx.audit.note("second_factor_on", user_id, now, about=f"user:{user_id}", address=visitor.address)
            return parts.entrance.renew(tx, visitor.user, visitor.address)

        token = await parts.store.transact(work)
        request.state.visitor = await parts.entrance.visitor(token)
        response = pages.answer(request, "recovery.html", recovery=recovery)
        guard.give(response, token, parts.settings.console.session_hours)
        return response

    @routes.post("/account/second-factor/off")
    async def off(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        if visitor.user.role in parts.settings.console.second_factor_roles:
            return pages.problem(request, 403, "factor_needed")
        right = await parts.entrance.proves(visitor, form.get("old", ""))
        if isinstance(right, Shut):
            return pages.answer(request, "account.html", 429, told=None, problem="locked", wait=right.wait)
        if not right:
            return pages.answer(request, "account.html", 422, told=None, problem="old_password_wrong", wait=0)
        now, user_id = parts.clock(), visitor.user.id

        def work(tx: Tx) -> None:
            tx.users.change(user_id, now, **NO_SECOND_FACTOR)
            tx.audit.note("second_factor_off", user_id, now, about=f"user:{user_id}", address=visitor.address)

        await parts.store.transact(work)
        return RedirectResponse(f"{PREFIX}/account", 303)

    return routes
