"""`/orders/{number}/moves` and `/notes`: what other programs do with orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import Field, StringConstraints

from bot.api.looking import Number, found, view_of
from bot.api.orders import TAG
from bot.api.orders_shown import EventOut, OrderOut
from bot.api.problems import ApiProblem, documented, wrong
from bot.api.service import PLAIN, Calling, Service, needs
from bot.api.tokens import Caller
from bot.api.values import LINES, Body, MoveName, line
from bot.api.versions import expect, order_tag
from bot.api.visiting import VisitIn, listed, window_of
from handlers.life import Actor, Moved, Refused, Stale, move_and_tell, next_moves
from handlers.life.moving import REASON_LIMIT
from handlers.visits_arranged import VISITS, NoVisit, arrange
from storage import Tx
from storage.order_search import Listed
from storage.orders import Order, OrderEvent

NOTE_LIMIT = 2000


class Move(Body):
    """A move of the table (GET /catalogue lists them), and why."""

    move: Annotated[MoveName, Field(examples=["accept"])]
    reason: Annotated[
        str,
        StringConstraints(max_length=REASON_LIMIT, pattern=LINES),
        Field(description="Some moves need one, and some tell it to the customer."),
    ] = ""
    by: Annotated[
        str | None,
        line(32),
        Field(
            description="The code of who of the staff does it; the history keeps the token beside it.",
            examples=["E01"],
        ),
    ] = None
    to: Annotated[
        str | None, line(32), Field(description="The code of who gets it (dispatch, redispatch).")
    ] = None
    visit: Annotated[
        VisitIn | None,
        Field(description="For schedule_visit and reschedule_visit; without it the customer's own choice."),
    ] = None


class Note(Body):
    """A note for the order's history; the customer is not told."""

    text: Annotated[
        str, StringConstraints(min_length=1, max_length=NOTE_LIMIT, pattern=LINES),
        Field(examples=["Customer prefers the morning."]),
    ]  # fmt: skip


def router(service: Service) -> APIRouter:
    """The routes that change orders."""
    routes = APIRouter(prefix="/orders", tags=["orders"], dependencies=[needs("orders:write"), PLAIN])

    @routes.post(
        "/{number}/moves",
        responses={
            **documented(400, 404, 409, 412, 428),
            200: {"description": "As moved.", "headers": TAG},
        },
        summary="Move an order",
    )
    async def move(
        number: Number,
        wish: Move,
        caller: Calling,
        response: Response,
        if_match: Annotated[str | None, Header(description="The order's ETag; `*`: any.")] = None,
    ) -> OrderOut:
        """As every move: recorded with who, when and why; the customer is told what concerns them."""
        try:
            listed = await service.store.transact(
                lambda tx: _moved(service, tx, number, wish, caller, if_match, service.clock())
            )
        except Stale as stale:
            raise ApiProblem("changed", stale.words("en")) from None
        except Refused as refused:
            raise refusal(refused, caller) from None
        service.voice.sent()
        response.headers["ETag"] = order_tag(listed.order)
        return view_of(service, caller).order(listed)

    @routes.post("/{number}/notes", responses=documented(400, 404), status_code=201, summary="Add a note")
    async def note(number: Number, written: Note, caller: Calling) -> EventOut:
        """The same words twice in a row are kept once."""
        words = written.text.strip()
        if not words:
            raise wrong("/text", "must say something")
        event = await service.store.transact(lambda tx: _noted(tx, number, words, caller, service.clock()))
        return view_of(service, caller).event(event)

    return routes


def _moved(
    service: Service, tx: Tx, number: str, wish: Move, caller: Caller, if_match: str | None, now: datetime
) -> Listed:
    order = found(tx, number).order
    expect(if_match, order_tag(order))
    _move(service, tx, order, wish, _acting(tx, wish.by, caller), now)
    return found(tx, number)


def _move(service: Service, tx: Tx, order: Order, wish: Move, actor: Actor, now: datetime) -> Moved:
    if wish.move in VISITS and wish.to is None:
        terms = service.terms
        return arrange(
            tx, terms, order, wish.move, actor, wish.reason, now, wish=window_of(wish.visit, terms.zone),
            expected_version=order.version,
        )  # fmt: skip
    if wish.visit is not None:
        raise Refused("visit_not_here", order, wish.move, actor.kind)
    return move_and_tell(
        tx, order, wish.move, actor, wish.reason, now, expected_version=order.version, to=wish.to
    )


def _acting(tx: Tx, code: str | None, caller: Caller) -> Actor:
    """Who does it: the program itself, or somebody of the staff through it."""
    if code is None:
        return caller.actor
    member = tx.staff.find(code)
    if member is None or not member.active:
        raise wrong("/by", "nobody of the staff has this code")
    return Actor(caller.actor.kind, member.code, caller.actor.id)


def _noted(tx: Tx, number: str, words: str, caller: Caller, now: datetime) -> OrderEvent:
    order = tx.orders.get(found(tx, number).order.id, lock=True)
    actor = caller.actor
    last = tx.orders.events(order.id)[-1]
    if (last.actor, last.actor_id, last.move, last.note) != (actor.kind, actor.id, None, words):
        tx.orders.add_note(order, actor.kind, words, now, actor.id)
    return tx.orders.events(order.id)[-1]


def refusal(refused: Refused, caller: Caller) -> ApiProblem:
    """Why an order is not moved, and what may be done with it."""
    if refused.why == "reason_missing":
        return wrong("/reason", refused.words("en"))
    possible = [one.name for one in next_moves(refused.order, caller.actor.kind)]
    more = {}
    if isinstance(refused, NoVisit):
        more["free"] = listed(refused.free)
    return ApiProblem("refused", refused.words("en"), reason=refused.why, possible=possible, **more)
