"""Orders on the right side: opened, moved, noted."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from bot.console import acting
from bot.console.forms import BadForm, row_id, strict
from bot.console.orders_moved import MOVE_FIELDS, moved
from bot.console.panel import opening
from bot.console.panel.routes import Side
from bot.console.parts import Parts
from bot.dialogue.filling import ASKED
from handlers.life import Refused
from handlers.ownership import NotMoved
from storage import Tx
from storage.orders import Order

NOTE = "note"
"""What stands for a note among the moves."""

NEW: dict[str, Any] = {"device": None, "told": None, "problems": {}, "missing": ()}
"""A form for a new order before anything was filled in."""


def router(parts: Parts) -> APIRouter:
    """The routes."""
    routes, guard, side = APIRouter(), parts.guard, Side(parts)

    @routes.get("/talks/{talk_id:int}/orders/new/{kind}")
    async def blank(request: Request, talk_id: int, kind: str, device: str = "") -> Response:
        visitor = await guard.visitor(request)
        if kind not in ASKED:
            return parts.pages.problem(request, 404, "not_found")
        new = {**NEW, "kind": kind, "device": row_id(device)}
        return await side.answer(request, visitor, talk_id, about="new", new=new)

    @routes.post("/talks/{talk_id:int}/orders/new/{kind}")
    async def open_order(request: Request, talk_id: int, kind: str) -> Response:
        visitor, form = await guard.posted(request)
        wish, words = strict(form, opening.FIELDS), parts.pages.words(request)
        if kind not in ASKED or not wish["key"] or not await side.there(talk_id):
            return parts.pages.problem(request, 404, "not_found")
        typed: dict[str, Any] = {"about": "new"}
        new = {**NEW, "kind": kind, "told": wish}
        try:
            done = await opening.open_order(
                parts, visitor, talk_id, kind, wish, parts.pages.language(request)
            )
        except NotMoved as refused:
            return await side.refused(request, visitor, talk_id, refused, **typed)
        except BadForm as problem:
            done = opening.Done(problems={"window": words["problems"][problem.word]})
        if done.problems or done.missing:
            new |= {"problems": done.problems or {}, "missing": done.missing}
            said = words["panel"]["not_opened"]
            return await side.answer(request, visitor, talk_id, 422, problem=said, new=new, **typed)
        told = words["panel"]["added" if done.added else "opened"].format(number=done.number)
        return await side.answer(request, visitor, talk_id, told=told)

    @routes.post("/talks/{talk_id:int}/orders/{number}")
    async def move(request: Request, talk_id: int, number: str) -> Response:
        visitor, form = await guard.posted(request)
        wish, language = strict(form, MOVE_FIELDS), parts.pages.language(request)
        number, words = number.upper(), parts.pages.words(request)
        typed: dict[str, Any] = {"about": number, "entered": wish}
        if await _theirs(parts, talk_id, number) is None:
            return parts.pages.problem(request, 404, "not_found")
        try:
            if wish["move"] == NOTE:
                await _note(parts, visitor, number, wish["reason"])
            else:
                await moved(parts, visitor, number, wish)
        except Refused as refused:
            said = refused.words(language)
            return await side.answer(request, visitor, talk_id, 409, problem=said, **typed)
        except BadForm as problem:
            said = words["problems"][problem.word]
            return await side.answer(request, visitor, talk_id, 422, problem=said, **typed)
        return await side.answer(
            request, visitor, talk_id, told=words["panel"]["moved"].format(number=number)
        )

    return routes


async def _theirs(parts: Parts, talk_id: int, number: str) -> Order | None:
    """The order of that number, where it is the conversation's customer's."""

    def work(tx: Tx) -> Order | None:
        room, order = tx.conversations.known(row_id(str(talk_id)) or 0), tx.orders.find(number)
        same = room is not None and order is not None and order.customer_id == room.customer_id
        return order if same else None

    return await parts.store.read(work)


async def _note(parts: Parts, visitor: Any, number: str, text: str) -> None:
    """Keep words in the order's history; the customer is not told. Raises BadForm where there are none."""
    if not text:
        raise BadForm("empty")
    now = parts.clock()

    def work(tx: Tx) -> None:
        found = tx.orders.find(number)
        assert found is not None
        order, actor = tx.orders.get(found.id, lock=True), opening.actor_of(visitor)
        tx.orders.add_note(order, actor.kind, text, now, actor.id)
        acting.noted(
            tx, visitor, "order_noted", tx.conversations.get(order.conversation_id), now, number=number
        )

    await parts.store.transact(work)
