"""`/complaints`: the register of complaints for other programs, and what the staff commit to (C4, H3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from bot.api.looking import Number, found, view_of
from bot.api.orders import FIRST, LAST, TAG
from bot.api.orders_shown import View
from bot.api.paging import MOST, id_cursor, read_id_cursor
from bot.api.problems import ApiProblem, documented, wrong
from bot.api.service import PLAIN, Calling, Service, needs
from bot.api.tokens import Caller
from bot.api.values import LINES, Body, line
from bot.api.versions import expect, order_tag
from handlers.complaints.assessing import CATEGORIES
from handlers.complaints.committing import (
    TEXT_LIMIT,
    NoComplaint,
    UnknownUnit,
    commit_plan,
    find_cause,
    state,
)
from handlers.complaints.settings import Severity
from handlers.life import Refused, Stale
from handlers.vocabulary import spoken_time
from storage import Tx
from storage.complaints import Registered
from storage.complaints import Wanted as Chosen

_Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT, pattern=LINES)]
_Moment = Annotated[AwareDatetime, Field(ge=FIRST, le=LAST, strict=False)]
_MISSING = "There is no complaint of that number."


class ComplaintOut(BaseModel):
    """A complaint 投诉; its contact and history are those of its order."""

    number: Annotated[str, Field(examples=["SR-202603020001"])]
    status: str
    version: Annotated[int, Field(description="Of the order; also the ETag.")]
    category: Annotated[str, Field(description=", ".join(CATEGORIES))]
    severity: Annotated[str, Field(description="normal, serious, severe")]
    signs: Annotated[list[str], Field(description="Why it is as severe.")]
    regulator: Annotated[bool, Field(description="A regulator, the media or a lawyer was named.")]
    product: str | None
    about: Annotated[str | None, Field(description="The number of the order it is about.")]
    demand: Annotated[str | None, Field(description="What is asked for: codes, or the customer's words.")]
    cause: str | None
    unit: Annotated[str | None, Field(description="Who is responsible.")]
    plan: Annotated[str | None, Field(description="What was committed to.")]
    plan_by: datetime | None
    planned_at: datetime | None
    statement_due_at: datetime | None
    statement_at: datetime | None
    additions: Annotated[int, Field(description="Further complaints that were added to it.")]
    created_at: datetime
    closed_at: datetime | None
    result: str | None


class ComplaintPage(BaseModel):
    """Some complaints, newest first."""

    items: list[ComplaintOut]
    next: Annotated[str | None, Field(description="The `cursor` of the next page; null at the end.")]


class Wanted(BaseModel):
    """Which complaints. Other parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open: bool | None = None
    severity: Severity | None = None
    created_from: Annotated[AwareDatetime | None, Field(ge=FIRST, le=LAST)] = None
    created_to: Annotated[AwareDatetime | None, Field(ge=FIRST, le=LAST)] = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
    cursor: Annotated[str | None, Field(max_length=100, description="`next` of the page before.")] = None


class PlanIn(Body):
    """What will be done; the customer is told in these words."""

    plan: Annotated[_Text, Field(examples=["我们明天派班长上门道歉并免费重修。"])]
    by: Annotated[_Moment | None, Field(description="By when, in the future.")] = None


class CauseIn(Body):
    """Why it came to it, and who is responsible; the customer is not told."""

    cause: _Text
    unit: Annotated[str | None, line(64), Field(description="One of complaints.units.")] = None


class StatementIn(Body):
    """What was stated to a regulator, the media or a lawyer; the customer is not told."""

    text: _Text


def router(service: Service) -> APIRouter:
    """The routes of complaints."""
    routes = APIRouter(prefix="/complaints", tags=["complaints"], dependencies=[needs("orders:read")])

    @routes.get("", responses=documented(), summary="The register of complaints, newest first")
    async def find(wanted: Annotated[Wanted, Query()], caller: Calling) -> ComplaintPage:
        """Follow `next` until it is null."""
        behind = read_id_cursor(wanted.cursor) if wanted.cursor else None
        chosen = Chosen(wanted.created_from, wanted.created_to, wanted.open, wanted.severity)
        rows = await service.store.read(lambda tx: tx.complaints.page(chosen, wanted.limit + 1, behind))
        page, more = rows[: wanted.limit], len(rows) > wanted.limit
        following = id_cursor(page[-1].order.id) if more else None
        view = view_of(service, caller)
        return ComplaintPage(items=[_shown(one, view) for one in page], next=following)

    @routes.get(
        "/{number}",
        responses={**documented(404), 200: {"description": "The complaint.", "headers": TAG}},
        dependencies=[PLAIN],
        summary="One complaint",
    )
    async def one(number: Number, caller: Calling, response: Response) -> ComplaintOut:
        """The ETag is what `If-Match` of a plan expects."""
        return _answer(await service.store.read(lambda tx: _found(tx, number)), response, service, caller)

    @routes.put(
        "/{number}/plan",
        responses={
            **documented(400, 404, 409, 412, 428),
            200: {"description": "As planned.", "headers": TAG},
        },
        dependencies=[needs("orders:write"), PLAIN],
        summary="Commit to a plan",
    )
    async def plan(
        number: Number,
        wish: PlanIn,
        caller: Calling,
        response: Response,
        if_match: Annotated[str | None, Header(description="The complaint's ETag; `*`: any.")] = None,
    ) -> ComplaintOut:
        """Also needs orders:write. The order is taken up where nobody has it; the customer is told."""
        now = service.clock()
        if wish.by is not None and wish.by <= now:
            raise wrong("/by", "must be in the future")
        if not wish.plan.strip():
            raise wrong("/plan", "must say something")
        try:
            planned = await service.store.transact(
                lambda tx: _planned(service, tx, number, wish, caller, if_match, now)
            )
        except Stale as stale:
            raise ApiProblem("changed", stale.words("en")) from None
        except Refused as refused:
            raise ApiProblem("refused", refused.words("en"), reason=refused.why) from None
        service.voice.sent()
        return _answer(planned, response, service, caller)

    @routes.put(
        "/{number}/cause",
        responses={**documented(400, 404), 200: {"description": "As recorded.", "headers": TAG}},
        dependencies=[needs("orders:write"), PLAIN],
        summary="Record cause and responsible unit",
    )
    async def cause(number: Number, told: CauseIn, caller: Calling, response: Response) -> ComplaintOut:
        """Also needs orders:write. What was recorded before is replaced; the history keeps it."""
        if not told.cause.strip():
            raise wrong("/cause", "must say something")
        try:
            changed = await service.store.transact(
                lambda tx: _caused(service, tx, number, told, caller, service.clock())
            )
        except UnknownUnit as unknown:
            raise wrong("/unit", str(unknown)) from None
        return _answer(changed, response, service, caller)

    @routes.put(
        "/{number}/statement",
        responses={**documented(400, 404), 200: {"description": "As recorded.", "headers": TAG}},
        dependencies=[needs("orders:write"), PLAIN],
        summary="Record the statement to a regulator",
    )
    async def statement(
        number: Number, told: StatementIn, caller: Calling, response: Response
    ) -> ComplaintOut:
        """Also needs orders:write. It keeps the promise of a statement and settles its task."""
        if not told.text.strip():
            raise wrong("/text", "must say something")
        stated = await service.store.transact(
            lambda tx: _stated(tx, number, told.text, caller, service.clock())
        )
        return _answer(stated, response, service, caller)

    return routes


def _planned(
    service: Service, tx: Tx, number: str, wish: PlanIn, caller: Caller, if_match: str | None, now: datetime
) -> Registered:
    order = found(tx, number).order
    expect(if_match, order_tag(order))
    zone = ZoneInfo(service.settings.service.zone)

    def spoken(moment: datetime, language: str) -> str:
        return spoken_time(moment.astimezone(zone), now.astimezone(zone), language)

    _of_a_complaint(
        lambda: commit_plan(
            tx, service.voice, order, wish.plan, wish.by, caller.actor, spoken, now, order.version
        )
    )
    return _found(tx, number)


def _caused(
    service: Service, tx: Tx, number: str, told: CauseIn, caller: Caller, now: datetime
) -> Registered:
    order, rules = found(tx, number).order, service.settings.complaints
    _of_a_complaint(lambda: find_cause(tx, order, told.cause, told.unit, rules, caller.actor, now))
    return _found(tx, number)


def _stated(tx: Tx, number: str, text: str, caller: Caller, now: datetime) -> Registered:
    order = found(tx, number).order
    _of_a_complaint(lambda: state(tx, order, text, caller.actor, now))
    return _found(tx, number)


def _of_a_complaint(work: Callable[[], Any]) -> None:
    """Do it; an order that is no complaint is not found here."""
    try:
        work()
    except NoComplaint:
        raise ApiProblem("not-found", _MISSING) from None


def _found(tx: Tx, number: str) -> Registered:
    order = found(tx, number).order
    rows = tx.complaints.page(Chosen(number=order.number), 1)
    if not rows:
        raise ApiProblem("not-found", _MISSING)
    return rows[0]


def _answer(one: Registered, response: Response, service: Service, caller: Caller) -> ComplaintOut:
    response.headers["ETag"] = order_tag(one.order)
    return _shown(one, view_of(service, caller))


def _shown(one: Registered, view: View) -> ComplaintOut:
    complaint, order = one.complaint, one.order
    plain: dict[str, Any] = {name: getattr(complaint, name) for name in _OF_COMPLAINT}
    texts: dict[str, Any] = {
        name: view.text(getattr(complaint, name)) for name in ("demand", "cause", "plan")
    }
    product = order.fields.get("product")
    return ComplaintOut(
        **plain, **texts, number=order.number, status=order.status, version=order.version,
        product=str(product) if product and product != "-" else None, created_at=order.created_at,
        closed_at=order.closed_at, result=view.text(one.result),
    )  # fmt: skip


_OF_COMPLAINT = (
    "category", "severity", "signs", "regulator", "about", "unit", "plan_by", "planned_at",
    "statement_due_at", "statement_at", "additions",
)  # fmt: skip
