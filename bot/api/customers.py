"""`/customers`: who the orders are for. Everything here is personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.api import PREFIX
from bot.api.checking import checked_contact
from bot.api.paging import LARGEST_ID, MOST, id_cursor, read_id_cursor
from bot.api.problems import ApiProblem, documented
from bot.api.service import PLAIN, Calling, Service, needs
from bot.api.values import Address, Body, Language, Level, Name, Phone, line
from bot.api.versions import customer_tag, expect
from handlers import checks
from storage import Tx
from storage.customers import Customer, Sought

TAG = {
    "ETag": {"description": "Of these details.", "schema": {"type": "string"}},
    "Content-Location": {
        "description": "The customer's path: not the one asked for where they were joined into another.",
        "schema": {"type": "string"},
    },
}
Id = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The customer's id.")]


class CustomerOut(BaseModel):
    """A customer."""

    id: int
    name: str | None
    phone: Annotated[str | None, Field(description="E.164", examples=["+8613800138000"])]
    address: str | None
    language: str | None
    level: str
    created_at: datetime
    updated_at: datetime


class CustomerPage(BaseModel):
    """Some customers, by id."""

    items: list[CustomerOut]
    next: Annotated[str | None, Field(description="The `cursor` of the next page; null at the end.")]


class Details(Body):
    """What is to be changed; null takes a detail away, what is left out stays."""

    name: Name | None = None
    phone: Phone | None = None
    address: Address | None = None
    language: Language | None = None
    level: Level = "normal"


class Wanted(BaseModel):
    """Which customers. Other parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str | None, line(100), Field(description="Part of it.")] = None
    phone: Annotated[
        str | None, Field(pattern=r"^\+?[0-9]{4,15}$", description="All of it, or its last digits.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
    cursor: Annotated[str | None, Field(max_length=100, description="`next` of the page before.")] = None


def router(service: Service) -> APIRouter:
    """The routes of customers."""
    routes = APIRouter(prefix="/customers", tags=["customers"], dependencies=[needs("customers:read")])
    countries = service.settings.service.countries

    @routes.get("", responses=documented(), summary="Find customers")
    async def find(wanted: Annotated[Wanted, Query()]) -> CustomerPage:
        """Follow `next` until it is null."""
        behind = read_id_cursor(wanted.cursor) if wanted.cursor else 0
        phone = (wanted.phone and checks.phone(wanted.phone, countries)) or wanted.phone
        rows = await service.store.read(
            lambda tx: tx.customers.page(wanted.limit + 1, behind, Sought(wanted.name, phone))
        )
        page = rows[: wanted.limit]
        more = len(rows) > wanted.limit
        return CustomerPage(
            items=[_shown(one) for one in page], next=id_cursor(page[-1].id) if more else None
        )

    @routes.get(
        "/{customer_id}",
        responses={**documented(404), 200: {"description": "The customer.", "headers": TAG}},
        dependencies=[PLAIN],
        summary="One customer",
    )
    async def one(customer_id: Id, response: Response) -> CustomerOut:
        """The ETag is what `If-Match` of a change expects. Of who was joined into another it is that one."""
        found = await service.store.read(lambda tx: known(tx, customer_id))
        return _told(found, response)

    @routes.patch(
        "/{customer_id}",
        responses={**documented(400, 404, 412, 428), 200: {"description": "As changed.", "headers": TAG}},
        dependencies=[needs("customers:write"), PLAIN],
        summary="Change a customer's details",
    )
    async def change(
        customer_id: Id,
        details: Details,
        caller: Calling,
        response: Response,
        if_match: Annotated[str | None, Header(description="The customer's ETag; `*`: any.")] = None,
    ) -> CustomerOut:
        """Also needs customers:write. Checked as in the chat. Orders keep what they were opened with.

        The id of who was joined into another changes that one.
        """
        given = details.model_dump(exclude_unset=True)
        changes = {**given, **checked_contact(given, countries, "")}
        changed = await service.store.transact(
            lambda tx: _changed(tx, customer_id, changes, if_match, service.clock())
        )
        return _told(changed, response)

    return routes


def _changed(
    tx: Tx, customer_id: int, changes: dict[str, Any], if_match: str | None, now: datetime
) -> Customer:
    customer = tx.customers.lock(tx.identities.root(customer_id))
    while customer is not None and customer.joined_into is not None:  # joined while we waited
        customer = tx.customers.lock(customer.joined_into)
    if customer is None:
        raise missing()
    expect(if_match, customer_tag(customer))
    return tx.customers.change(customer, now, **changes) if changes else customer


def known(tx: Tx, customer_id: int) -> Customer:
    """Who that is now; raises ApiProblem."""
    found = tx.customers.known(customer_id)
    if found is None:
        raise missing()
    return found


def missing() -> ApiProblem:
    """Nobody has that id."""
    return ApiProblem("not-found", "There is no such customer.")


def _told(customer: Customer, response: Response) -> CustomerOut:
    response.headers["ETag"] = customer_tag(customer)
    response.headers["Content-Location"] = f"{PREFIX}/customers/{customer.id}"
    return _shown(customer)


def _shown(customer: Customer) -> CustomerOut:
    return CustomerOut(**{name: getattr(customer, name) for name in CustomerOut.model_fields})
