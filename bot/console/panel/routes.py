"""The right side's addresses: itself, and what is changed there."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.console import PREFIX
from bot.console.acting import BadText
from bot.console.entering import Visitor
from bot.console.forms import LARGEST_ID, BadForm, strict
from bot.console.masking import sight
from bot.console.panel import fields, opening, slots
from bot.console.panel.gathering import panel
from bot.console.panel.opening import Blank
from bot.console.panel.slots import NotTaken
from bot.console.parts import Parts
from handlers.life.words import staff_word
from handlers.ownership import NotMoved
from handlers.vocabulary import word as kind_word
from storage import Tx
from storage.conversations import Conversation

NOTHING: dict[str, Any] = {"about": "", "entered": {}, "problem": "", "told": "", "new": None}
"""What was typed into which form of it, why it was not done, what was done."""


def everything(
    tx: Tx, parts: Parts, visitor: Visitor, request: Request, talk_id: int, typed: dict[str, Any] = NOTHING
) -> dict[str, Any] | None:
    """What the right side's template needs; None where there is no such conversation."""
    found = tx.conversations.known(talk_id)
    if found is None:
        return None
    seen = sight(tx, visitor, parts.reveals_since()).of(found.customer_id)
    language = parts.pages.language(request)
    return {
        "panel": panel(tx, parts, visitor, found, seen, language),
        "blank": _blank(tx, parts, found, typed["new"], language),
        "seen": seen, "typed": typed, "asks": fields, "word": staff_word, "kind_word": kind_word,
    }  # fmt: skip


def _blank(
    tx: Tx, parts: Parts, room: Conversation, new: dict[str, Any] | None, language: str
) -> Blank | None:
    """The form for a new order, where one was asked for."""
    if new is None:
        return None
    desk = parts.desk_for(tx, room, "blank", parts.clock())
    return opening.blank(desk, parts.voice.held(room), new["kind"], new["device"], language)


class Side:
    """Answers with the right side of a conversation."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def answer(
        self, request: Request, visitor: Visitor, talk_id: int, status: int = 200, **typed: Any
    ) -> Response:
        """The right side anew with what came of a form; or, without scripts, the page or the problem."""
        parts, given = self._parts, {**NOTHING, **typed}
        if request.method == "POST" and request.headers.get("hx-request") != "true":
            if given["problem"]:
                return parts.pages.answer(request, "panel/refused.html", status, words=given["problem"])
            return RedirectResponse(f"{PREFIX}/talks/{talk_id}#side", 303)
        known = talk_id if talk_id < LARGEST_ID else 0
        found = await parts.store.read(lambda tx: everything(tx, parts, visitor, request, known, given))
        if found is None:
            return parts.pages.problem(request, 404, "not_found")
        return parts.pages.answer(request, "panel/side.html", status, now=parts.clock(), **found)

    async def there(self, talk_id: int) -> bool:
        """Whether there is such a conversation."""
        known = talk_id if talk_id < LARGEST_ID else 0
        return await self._parts.store.read(lambda tx: tx.conversations.known(known)) is not None

    async def refused(
        self, request: Request, visitor: Visitor, talk_id: int, refused: NotMoved, **typed: Any
    ) -> Response:
        """Somebody else has the conversation: said in words, what was typed stays."""
        names = await self._parts.store.read(lambda tx: {one.id: one.shown for one in tx.users.all()})
        words = self._parts.pages.words(request)["problems"][refused.why]
        said = words.format(who=names.get(refused.agent_id or 0, ""))
        return await self.answer(request, visitor, talk_id, 409, **{**typed, "problem": said})


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, side = APIRouter(), parts.guard, Side(parts)

    @routes.get("/talks/{talk_id:int}/side", dependencies=parts.by_itself.each)
    async def look(request: Request, talk_id: int) -> Response:
        visitor = await guard.visitor(request, active=request.headers.get("hx-request") != "true")
        return await side.answer(request, visitor, talk_id)

    @routes.post("/talks/{talk_id:int}/slots/{name}")
    async def change(request: Request, talk_id: int, name: str) -> Response:
        visitor, form = await guard.posted(request)
        wish, language = strict(form, ("value", "was")), parts.pages.language(request)
        if not await side.there(talk_id):
            return parts.pages.problem(request, 404, "not_found")
        words = parts.pages.words(request)
        typed: dict[str, Any] = {"about": name, "entered": wish}
        try:
            await slots.change(parts, visitor, talk_id, name, wish["value"], wish["was"], language)
        except NotMoved as refused:
            return await side.refused(request, visitor, talk_id, refused, **typed)
        except BadText as problem:
            return parts.pages.problem(request, 404, problem.word)
        except BadForm as problem:
            said = words["problems"][problem.word]
            return await side.answer(request, visitor, talk_id, 422, problem=said, **typed)
        except NotTaken as problem:
            said = problem.words or words["problems"][problem.word]
            status = 409 if problem.word == "value_changed" else 422
            return await side.answer(request, visitor, talk_id, status, problem=said, **typed)
        return await side.answer(request, visitor, talk_id, told=words["panel"]["changed"])

    return routes
