"""`/orders/{number}/log`: the service log of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from bot.api.looking import Number, found, view_of
from bot.api.moving import refusal
from bot.api.orders import FIRST, LAST
from bot.api.orders_shown import View
from bot.api.problems import documented, wrong
from bot.api.service import PLAIN, Calling, Service, needs
from bot.api.tokens import Caller
from bot.api.values import LINES, Body, line
from handlers import service_log
from handlers.life import Refused
from handlers.service_log import MOST, LogProblem
from storage import Tx
from storage.service_log import LogEntry

_Text = Annotated[str, StringConstraints(max_length=MOST, pattern=LINES)]


class PartIn(Body):
    """A part that was put in."""

    model: Annotated[str, line(100)]
    quantity: Annotated[int, Field(ge=1, le=MOST)] = 1


class LogIn(Body):
    """What was done; `at` is now where it is left out, `by` who has the order."""

    done: Annotated[str, StringConstraints(min_length=1, max_length=MOST, pattern=LINES)]
    at: Annotated[
        AwareDatetime | None, Field(ge=FIRST, le=LAST, strict=False, examples=["2026-03-04T02:30:00Z"])
    ] = None
    by: Annotated[str | None, line(32), Field(description="The code of who did it.")] = None
    place: _Text = ""
    parts: Annotated[list[PartIn], Field(max_length=100, default_factory=list)]
    old_parts: _Text = ""
    solution: _Text = ""
    customer_words: _Text = ""


class LogOut(BaseModel):
    """An entry; place and customer's words only with customers:read."""

    at: datetime
    by: str | None
    place: str | None
    done: str
    parts: list[PartIn]
    old_parts: str | None
    solution: str | None
    customer_words: str | None
    filed_at: datetime


class Log(BaseModel):
    """The order's service log, in the order of the work."""

    items: list[LogOut]


def router(service: Service) -> APIRouter:
    """The routes of the log."""
    routes = APIRouter(prefix="/orders", tags=["orders"], dependencies=[PLAIN])

    @routes.get(
        "/{number}/log",
        responses=documented(404),
        dependencies=[needs("orders:read")],
        summary="The service log of an order",
    )
    async def log(number: Number, caller: Calling) -> Log:
        """What was done when, where and by whom, and what was put in."""
        view = view_of(service, caller)
        return await service.store.read(lambda tx: _log(tx, number, view))

    @routes.post(
        "/{number}/log",
        responses=documented(400, 404, 409),
        status_code=201,
        dependencies=[needs("orders:write")],
        summary="Log what was done",
    )
    async def add(number: Number, entry: LogIn, caller: Calling) -> LogOut:
        """It stands in the order's history and on its service sheet; a visit's record is filed by it."""
        view = view_of(service, caller)
        try:
            return await service.store.transact(
                lambda tx: _added(service, tx, number, entry, caller, view, service.clock())
            )
        except LogProblem as problem:
            raise wrong(f"/{problem.field}", str(problem)) from None
        except Refused as refused:
            raise refusal(refused, caller) from None

    return routes


def _added(
    service: Service, tx: Tx, number: str, entry: LogIn, caller: Caller, view: View, now: datetime
) -> LogOut:
    work = service_log.Work(
        entry.done, entry.at or now, entry.by, entry.place,
        tuple(service_log.Part(part.model, part.quantity) for part in entry.parts),
        entry.old_parts, entry.solution, entry.customer_words,
    )  # fmt: skip
    order = found(tx, number).order
    return _shown(tx, service_log.file(tx, order, work, caller.actor, now), view)


def _log(tx: Tx, number: str, view: View) -> Log:
    return Log(items=[_shown(tx, one, view) for one in tx.service_log.of_order(found(tx, number).order.id)])


def _shown(tx: Tx, one: LogEntry, view: View) -> LogOut:
    member = tx.staff.get(one.staff_id) if one.staff_id else None
    return LogOut(
        at=one.at, by=member.code if member else None, place=one.place if view.personal else None,
        done=view.text(one.done) or "", parts=[PartIn(**part) for part in one.parts],
        old_parts=view.text(one.old_parts), solution=view.text(one.solution),
        customer_words=one.customer_words if view.personal else None, filed_at=one.filed_at,
    )  # fmt: skip
