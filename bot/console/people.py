"""Who may sign in, and what each role may do: accounts made, changed, shut, by administrators."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX, accounts, rights
from bot.console.accounts import By, NotDone
from bot.console.entering import Visitor, known_as
from bot.console.forms import LARGEST_ID, strict
from bot.console.listing import SIZE, Page, download, number_of
from bot.console.parts import Parts
from storage import Tx
from storage.users import ROLES, User

DEEDS: dict[str, tuple[str, dict[str, Any]]] = {
    "disable": ("user_disabled", {"active": False}),
    "enable": ("user_enabled", {"active": True}),
    "sign-out": ("signed_out_by_admin", {}),
    "role": ("role_changed", {}),
    "password": ("password_reset", {"once": True}),
    "second-factor": ("second_factor_reset", accounts.NO_SECOND_FACTOR),
}
"""What may be done with an account: its name in the audit, and what changes by it."""
ASKED = ("q", "role", "state")
STATES = ("active", "shut")
HEAD = ("name", "shown", "role", "staff", "state", "second_factor")


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, pages = APIRouter(), parts.guard, parts.pages

    async def page(request: Request, status: int = 200, problem: str | None = None) -> Response:
        now = parts.clock()
        asked = {name: request.query_params.get(name, "")[:100] for name in ASKED}
        number = number_of(request.query_params.get("page", ""))

        def work(tx: Tx) -> dict[str, Any]:
            rows, codes = _found(tx, asked)
            shown = Page(rows[(number - 1) * SIZE : number * SIZE], len(rows), number, asked)
            return {"page": shown, "codes": codes, "open": tx.sessions.open_by_user(now)}

        found = await parts.store.read(work)
        return pages.answer(
            request, "people/list.html", status, roles=ROLES, states=STATES, problem=problem, **found
        )

    @routes.get("/users")
    async def listing(request: Request) -> Response:
        await guard.visitor(request)
        return await page(request)

    @routes.post("/users/export")
    async def export(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        asked, by, now = strict(form, (*ASKED, "form"), 100), _by(visitor), parts.clock()

        def work(tx: Tx) -> list[tuple[str, ...]]:
            tx.audit.note("users_exported", by.user_id, now, address=by.address)
            rows, codes = _found(tx, asked)
            return [_row(one, codes) for one in rows]

        rows = await parts.store.transact(work)
        return await download("users", asked["form"], HEAD, lambda: rows)

    @routes.post("/users")
    async def add(request: Request) -> Response:
        visitor, form = await guard.posted(request)
        wish = strict(form, ("name", "shown", "role", "staff"), 100)
        made, kept = await _invented()
        by, now, name = _by(visitor), parts.clock(), known_as(wish["name"])
        try:
            await parts.store.transact(
                lambda tx: accounts.add(
                    tx, name, wish["shown"], wish["role"], kept, by, now, staff=wish["staff"], once=True
                )
            )
        except NotDone as problem:
            return await page(request, 422, problem.word)
        return pages.answer(request, "people/made.html", 201, name=name, password=made)

    @routes.post("/users/{user_id:int}/about")
    async def describe(request: Request, user_id: int) -> Response:
        visitor, form = await guard.posted(request)
        wish, by, now = strict(form, ("shown", "staff"), 100), _by(visitor), parts.clock()

        def work(tx: Tx) -> User | None:
            user = tx.users.get(user_id if user_id < LARGEST_ID else 0, lock=True)
            if user is not None:
                accounts.describe(tx, user, wish["shown"], wish["staff"], by, now)
            return user

        try:
            if await parts.store.transact(work) is None:
                return pages.problem(request, 404, "not_found")
        except NotDone as problem:
            return await page(request, 409, problem.word)
        return RedirectResponse(f"{PREFIX}/users", 303)

    @routes.post("/users/{user_id:int}/{deed}")
    async def change(request: Request, user_id: int, deed: str) -> Response:
        visitor, form = await guard.posted(request)
        if deed not in DEEDS or user_id >= LARGEST_ID:
            return pages.problem(request, 404, "not_found")
        wish = strict(form, ("role",) if deed == "role" else ())
        action, values = DEEDS[deed]
        made, kept = await _invented() if deed == "password" else ("", "")
        if deed == "role" and wish["role"] not in ROLES:
            return await page(request, 422, "bad_request")
        values = {**values, **({"password": kept} if kept else {}), **wish}
        by, now = _by(visitor), parts.clock()

        def work(tx: Tx) -> User | None:
            user = tx.users.get(user_id, lock=True)
            if user is not None:
                accounts.change(tx, user, action, by, now, **values)
            return user

        try:
            user = await parts.store.transact(work)
        except NotDone as problem:
            return await page(request, 409, problem.word)
        if user is None:
            return pages.problem(request, 404, "not_found")
        if made:
            return pages.answer(request, "people/made.html", name=user.name, password=made)
        return RedirectResponse(f"{PREFIX}/users", 303)

    @routes.get("/roles")
    async def roles(request: Request) -> Response:
        await guard.visitor(request)
        table = [(right, [rights.has(role, right) for role in ROLES]) for right in rights.every()]
        return pages.answer(request, "people/roles.html", roles=ROLES, table=table)

    return routes


def _found(tx: Tx, asked: Mapping[str, str]) -> tuple[list[User], dict[int | None, str]]:
    """The users that were looked for, and the staff's codes by their ids."""
    codes: dict[int | None, str] = {one.id: one.code for one in tx.staff.all() if one.active}
    words = asked["q"].strip().casefold()
    rows = [
        one
        for one in tx.users.all()
        if asked["role"] in ("", one.role)
        and asked["state"] in ("", STATES[not one.active])
        and any(words in told.casefold() for told in (one.name, one.shown, codes.get(one.staff_id, "")))
    ]
    return rows, codes


def _row(one: User, codes: Mapping[int | None, str]) -> tuple[str, ...]:
    factor = "yes" if one.totp_secret else "no"
    return (one.name, one.shown, one.role, codes.get(one.staff_id, ""), STATES[not one.active], factor)


def _by(visitor: Visitor) -> By:
    return By(visitor.user.id, visitor.session.address)


async def _invented() -> tuple[str, str]:
    """A password to be used once, and its hash."""
    from bot.console.passwords import hashed, invented

    made = invented()
    return made, await asyncio.to_thread(hashed, made)
