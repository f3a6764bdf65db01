"""Colleagues called by `@name` in a note: who is meant, and who is offered while one types."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fastapi import APIRouter, Request, Response

from bot.console import rights
from bot.console.forms import LARGEST_ID
from bot.console.parts import Parts
from storage.users import User

MOST = 8
"""Colleagues offered at a time."""
_AT = re.compile("[@＠]")


def router(parts: Parts) -> APIRouter:
    """The list under the note."""
    routes = APIRouter()

    @routes.get("/talks/{talk_id:int}/colleagues")
    async def colleagues(request: Request, talk_id: int, typed: str = "") -> Response:
        visitor = await parts.guard.visitor(request)
        known = talk_id if talk_id < LARGEST_ID else 0
        found = await parts.store.read(
            lambda tx: tx.users.all() if tx.conversations.known(known) is not None else None
        )
        if found is None:
            return parts.pages.problem(request, 404, "not_found")
        begun = typed[:32].casefold()
        fits = [
            one
            for one in callable_users(found, visitor.user.id)
            if one.name.casefold().startswith(begun) or begun in one.shown.casefold()
        ]
        return parts.pages.answer(request, "talk/colleagues.html", colleagues=fits[:MOST])

    return routes


def callable_users(users: Iterable[User], but: int) -> list[User]:
    """Who can be called: may sign in and see conversations; not oneself."""
    return [one for one in users if one.active and one.id != but and rights.has(one.role, "talk")]


def called(text: str, users: Iterable[User]) -> set[int]:
    """The users whose sign-in name or shown name stands behind an @; the longest name that fits is meant."""
    names: dict[str, set[int]] = {}
    for one in users:
        for name in filter(None, (one.name, one.shown)):
            names.setdefault(name.casefold(), set()).add(one.id)
    longest = sorted(names, key=len, reverse=True)
    found: set[int] = set()
    for at in _AT.finditer(text):
        rest = text[at.end() :].casefold()
        meant = next((one for one in longest if _stands(one, rest)), "")
        found |= names.get(meant, set())
    return found


def _stands(name: str, rest: str) -> bool:
    """Whether the words begin with the name, and it does not go on: @li is not @li.na."""
    after = rest[len(name) : len(name) + 2]
    goes_on = name[-1].isascii() and re.match(r"[a-z0-9_-]|\.[a-z0-9]", after) is not None
    return rest.startswith(name) and not goes_on
