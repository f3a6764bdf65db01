"""`/orders`: lists, one order, its history, its service sheet."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.api.dispatches_shown import Dispatches, dispatches_of
from bot.api.looking import Number, found, view_of
from bot.api.orders_shown import PERSONAL, Events, OrderOut, OrderPage
from bot.api.paging import MOST, order_cursor, read_order_cursor
from bot.api.problems import ApiProblem, documented
from bot.api.service import PLAIN, Calling, Service, needs
from bot.api.values import Kind, Language, Priority, Status, line
from bot.api.versions import order_tag
from bot.sheet.gathering import sheet_of
from bot.sheet.sheet import ServiceSheet, SheetProblem
from handlers import checks
from storage import Tx
from storage.order_search import Filters

log = structlog.get_logger()

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
AT_ONCE = 2
"""Sheets drawn at the same time: each keeps a processor busy."""
TAG = {"ETag": {"description": "The order's version.", "schema": {"type": "string"}}}
_Moment = Annotated[AwareDatetime, Field(ge=FIRST, le=LAST, examples=["2026-03-01T00:00:00Z"])]


class Wanted(BaseModel):
    """Which orders; what is left out does not narrow the list. Other parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind | None = None
    status: Status | None = None
    priority: Priority | None = None
    open: Annotated[bool | None, Field(description="Only those that have (not) come to their end.")] = None
    number: Annotated[
        str | None, Field(pattern=r"^[A-Za-z0-9-]{1,20}$", description="The number, or how it begins.")
    ] = None
    name: Annotated[
        str | None, line(100), Field(description="Part of the customer's name. Needs customers:read.")
    ] = None
    phone: Annotated[
        str | None,
        Field(pattern=r"^\+?[0-9]{4,15}$", description="Or its last digits. Needs customers:read."),
    ] = None
    serial: Annotated[
        str | None, line(64), Field(description="The device's serial number. Needs customers:read.")
    ] = None
    assignee: Annotated[str | None, line(32), Field(description="The code of who has it.")] = None
    created_from: Annotated[_Moment | None, Field(description="Opened then or later.")] = None
    created_to: Annotated[_Moment | None, Field(description="Opened earlier than that.")] = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
    cursor: Annotated[str | None, Field(max_length=100, description="`next` of the page before.")] = None

    @property
    def personal(self) -> bool:
        """Whether it asks for somebody: answers would tell what the token may not see."""
        return any((self.name, self.phone, self.serial))

    def filters(self, countries: tuple[str, ...]) -> Filters:
        """The same for the store."""
        phone = checks.phone(self.phone, countries) if self.phone else None
        return Filters(
            self.kind, self.status, self.priority, self.open, self.number, self.name, phone or self.phone,
            self.serial, self.assignee, self.created_from, self.created_to,
        )  # fmt: skip


class Spoken(BaseModel):
    """The sheet's language; the customer's where none is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Language | None = None


def router(service: Service) -> APIRouter:
    """The routes that look at orders."""
    routes = APIRouter(prefix="/orders", tags=["orders"], dependencies=[needs("orders:read")])
    countries = service.settings.service.countries
    drawing = asyncio.Semaphore(AT_ONCE)

    @routes.get("", responses=documented(), summary="Find orders, newest first")
    async def find(wanted: Annotated[Wanted, Query()], caller: Calling) -> OrderPage:
        """Pages do not move when orders are opened meanwhile: follow `next` until it is null."""
        if wanted.personal and PERSONAL not in caller.scopes:
            raise ApiProblem("not-allowed", f"name, phone and serial need the scope {PERSONAL}.")
        behind = read_order_cursor(wanted.cursor) if wanted.cursor else None
        filters = wanted.filters(countries)
        rows = await service.store.read(lambda tx: tx.order_search.older(filters, wanted.limit + 1, behind))
        page, more = rows[: wanted.limit], len(rows) > wanted.limit
        last = page[-1].order if more else None
        view = view_of(service, caller)
        following = order_cursor(last.created_at, last.id) if last else None
        return OrderPage(items=[view.order(one) for one in page], next=following)

    @routes.get(
        "/{number}",
        responses={**documented(404), 200: {"description": "The order.", "headers": TAG}},
        dependencies=[PLAIN],
        summary="One order",
    )
    async def one(number: Number, caller: Calling, response: Response) -> OrderOut:
        """The ETag is what `If-Match` of a move expects."""
        listed = await service.store.read(lambda tx: found(tx, number))
        response.headers["ETag"] = order_tag(listed.order)
        return view_of(service, caller).order(listed)

    @routes.get(
        "/{number}/events",
        responses=documented(404),
        dependencies=[PLAIN],
        summary="What happened to an order",
    )
    async def events(number: Number, caller: Calling) -> Events:
        """Every move and note: who, when, why."""
        kept = await service.store.read(lambda tx: tx.orders.events(found(tx, number).order.id))
        view = view_of(service, caller)
        return Events(items=[view.event(one) for one in kept])

    @routes.get(
        "/{number}/dispatches",
        responses=documented(404),
        dependencies=[PLAIN],
        summary="Who was given an order, and why",
    )
    async def dispatches(number: Number) -> Dispatches:
        """Every decision, oldest first, with each candidate's reasons in words."""
        return await service.store.read(lambda tx: dispatches_of(tx, found(tx, number).order))

    async def drawn(number: str, language: Language | None, form: str) -> bytes:
        sheet, spoken = await service.store.read(lambda tx: _sheet(service, tx, number))
        async with drawing:
            try:
                return await asyncio.to_thread(_draw, form, sheet, language or spoken, service.clock())
            except SheetProblem as problem:
                log.error("sheet.not_drawn", reason=str(problem))
                raise ApiProblem("away", "The sheet cannot be drawn.") from None

    @routes.get(
        "/{number}/sheet.pdf",
        responses={**documented(404), 200: {"description": "PDF", "content": {"application/pdf": {}}}},
        response_class=Response,
        dependencies=[needs(PERSONAL)],
        summary="The service sheet 服务单 as PDF",
    )
    async def pdf(number: Number, spoken: Annotated[Spoken, Query()]) -> Response:
        """Also needs customers:read. The language is the customer's unless given."""
        return Response(await drawn(number, spoken.language, "pdf"), media_type="application/pdf")

    @routes.get(
        "/{number}/sheet.png",
        responses={**documented(404), 200: {"description": "PNG", "content": {"image/png": {}}}},
        response_class=Response,
        dependencies=[needs(PERSONAL)],
        summary="The service sheet 服务单 as a picture",
    )
    async def png(number: Number, spoken: Annotated[Spoken, Query()]) -> Response:
        """Also needs customers:read. The language is the customer's unless given."""
        return Response(await drawn(number, spoken.language, "png"), media_type="image/png")

    return routes


def _sheet(service: Service, tx: Tx, number: str) -> tuple[ServiceSheet, str]:
    order = found(tx, number).order
    company, customer = service.settings.service, tx.customers.get(order.customer_id)
    return sheet_of(tx, order, company), customer.language or company.language


def _draw(form: str, sheet: ServiceSheet, language: str, now: datetime) -> bytes:
    from bot.sheet import drawing  # Typst is large: a desk that draws no sheets does not load it

    return (drawing.pdf if form == "pdf" else drawing.image)(sheet, language, now)
