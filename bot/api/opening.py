"""`POST /orders`: an order opened for a customer, once for each Idempotency-Key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Response
from pydantic import Field, StringConstraints
from sqlalchemy.exc import IntegrityError

from bot.api.checking import checked_contact, checked_description, checked_device
from bot.api.looking import found, view_of
from bot.api.orders import TAG
from bot.api.orders_shown import OrderOut
from bot.api.paging import LARGEST_ID
from bot.api.problems import ApiProblem, documented, wrong
from bot.api.service import PLAIN, Calling, Service, needs
from bot.api.tokens import Caller
from bot.api.values import LINES, Address, Body, Kind, Language, Name, Phone, Priority, Product, line
from bot.api.versions import order_tag
from handlers.checks import TEXT_LIMIT
from handlers.desk import Desk
from handlers.life.telling import thing
from handlers.report_warranty import warranty_fields
from handlers.vocabulary import spoken_time
from storage import Tx
from storage.conversations import Conversation
from storage.order_search import Listed
from storage.orders import Order

CHANNEL = "api"
"""The channel of customers whom only another program knows: nothing can be sent there."""
AT_HOME = ("fault", "installation")
"""Kinds that need an address."""
WITH_DEVICE = ("fault", "installation", "return")
"""Kinds that need a product."""
_Key = Annotated[
    str,
    Header(alias="Idempotency-Key", pattern=r"^[\x21-\x7e]{1,200}$",
           description="Any text of your own, new for each order: a repetition gives the same order again."),
]  # fmt: skip


class ContactIn(Body):
    """How the customer is reached for this order."""

    phone: Annotated[Phone, Field(examples=["13800138000"])]
    name: Annotated[Name | None, Field(examples=["张伟"])] = None
    address: Annotated[Address | None, Field(examples=["上海市浦东新区世纪大道100号"])] = None
    language: Language | None = None


class NewOrder(Body):
    """An order to open: for a known customer, or for whoever the contact names (then by phone)."""

    kind: Kind
    priority: Priority = "normal"
    customer_id: Annotated[int | None, Field(ge=1, le=LARGEST_ID)] = None
    contact: Annotated[ContactIn | None, Field(description="Needed without customer_id.")] = None
    product: Annotated[
        Product | None,
        Field(description="Needed unless it is a consultation or a complaint.", examples=["refrigerator"]),
    ] = None  # fmt: skip
    brand: Annotated[str | None, line(40), Field(examples=["haier"])] = None
    model: Annotated[str | None, line(60), Field(examples=["BCD-216"])] = None
    serial_number: Annotated[str | None, line(64)] = None
    purchase_date: Annotated[str | None, line(10), Field(examples=["2025-06-18"])] = None
    description: Annotated[
        str, StringConstraints(min_length=1, max_length=TEXT_LIMIT, pattern=LINES), Field(examples=["不制冷"])
    ]


@dataclass(frozen=True, slots=True)
class Wish:
    """A checked wish for an order: the key that names it, and the hash of what was asked."""

    asked: NewOrder
    contact: dict[str, str]
    fields: dict[str, str]
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The order, and whether it was there already."""

    listed: Listed
    repeated: bool


def router(service: Service) -> APIRouter:
    """The route that opens orders."""
    routes = APIRouter(prefix="/orders", tags=["orders"], dependencies=[needs("orders:write"), PLAIN])

    @routes.post(
        "",
        status_code=201,
        responses={
            **documented(400),
            200: {"description": "The order that this key opened before.", "model": OrderOut, "headers": TAG},
            201: {"description": "The new order; Location has its path.", "headers": TAG},
        },
        summary="Open an order for a customer",
    )
    async def open_order(asked: NewOrder, caller: Calling, response: Response, key: _Key) -> OrderOut:
        """Checked as in the chat. A customer who can be written to is told the number and the promise."""
        now = service.clock()
        wish = _checked(service, asked, caller, key, now)
        try:
            outcome = await service.store.transact(lambda tx: _opened(service, tx, wish, caller, now))
        except IntegrityError:  # the same key at the same time: it is there now
            outcome = await service.store.transact(lambda tx: _opened(service, tx, wish, caller, now))
        service.voice.sent()
        order = outcome.listed.order
        response.status_code = 200 if outcome.repeated else 201
        response.headers["ETag"] = order_tag(order)
        if not outcome.repeated:
            response.headers["Location"] = f"/api/v1/orders/{order.number}"
        return view_of(service, caller).order(outcome.listed)

    return routes


def _checked(service: Service, asked: NewOrder, caller: Caller, key: str, now: datetime) -> Wish:
    settings = service.settings
    today = now.astimezone(ZoneInfo(settings.service.zone)).date()
    given = asked.model_dump()
    if asked.contact is None and asked.customer_id is None:
        raise wrong("/contact", "is needed where no customer_id is given")
    if asked.kind in WITH_DEVICE and asked.product is None:
        raise wrong("/product", f"is needed for the kind {asked.kind}")
    contact = checked_contact(given["contact"] or {}, settings.service.countries, "/contact")
    fields = checked_device(given, today, settings.serial_numbers)
    fields["description"] = checked_description(asked.description)
    named = hashlib.sha256(key.encode()).hexdigest()[:40]
    digest = hashlib.sha256(asked.model_dump_json().encode()).hexdigest()[:32]
    return Wish(asked, contact, fields, f"api:{caller.name}:{named}", digest)


def _opened(service: Service, tx: Tx, wish: Wish, caller: Caller, now: datetime) -> Outcome:
    if before := _before(tx, wish):
        return Outcome(before, True)
    conversation = _conversation(tx, wish, now)
    if before := _before(tx, wish):  # the same request at the same time had the conversation locked
        return Outcome(before, True)
    desk = service.desk_for(tx, conversation, wish.key, now)
    fields = {**_known(desk, wish), **wish.contact, **wish.fields}
    if wish.asked.kind in AT_HOME and not fields.get("address"):
        raise wrong("/contact/address", f"is needed for the kind {wish.asked.kind}")
    fields |= {**warranty_fields(fields, desk), "request": {"digest": wish.digest}}
    order = desk.open_order(wish.asked.kind, fields, priority=wish.asked.priority, actor=caller.actor)
    _tell(service, desk, order)
    tx.conversations.save(conversation, now)
    return Outcome(found(tx, order.number), False)


def _before(tx: Tx, wish: Wish) -> Listed | None:
    """The order that the same request opened; raises ApiProblem where it was another request."""
    order = tx.orders.of_request(f"{wish.key}:order")
    if order is None:
        return None
    if order.fields.get("request", {}).get("digest") != wish.digest:
        raise ApiProblem("key-used", f"It opened {order.number} with other values.")
    return found(tx, order.number)


def _conversation(tx: Tx, wish: Wish, now: datetime) -> Conversation:
    """Where the customer is, locked: their latest conversation, or one of the API's own for their phone."""
    if wish.asked.customer_id is not None:
        known = tx.conversations.latest_of(wish.asked.customer_id)
        if known is None or tx.customers.lock(known.customer_id) is None:
            raise wrong("/customer_id", "There is no such customer.")
        return known
    conversation = tx.conversations.enter(CHANNEL, CHANNEL, wish.contact["phone"], now)
    if conversation.unreachable_since is None:
        assert wish.asked.contact is not None
        conversation.unreachable_since = now
        conversation.language = wish.asked.contact.language
        tx.customers.remember(
            conversation.customer_id, now, language=wish.asked.contact.language, **wish.contact
        )
    return conversation


def _known(desk: Desk, wish: Wish) -> dict[str, Any]:
    """What is known of a customer named by id, where the request does not say otherwise."""
    if wish.asked.customer_id is None:
        return {}
    customer = desk.customer()
    told = {"name": customer.name, "phone": customer.phone, "address": customer.address}
    return {name: value for name, value in told.items() if value}


def _tell(service: Service, desk: Desk, order: Order) -> None:
    conversation = desk.conversation
    if conversation.unreachable_since is not None:
        return
    tongue = service.voice.language(conversation)
    by = order.promised_at
    until = spoken_time(desk.local(by), desk.local_now, tongue) if by else None
    response = "utter_order_opened_for_you" if until else "utter_order_opened_unpromised"
    service.voice.say(
        desk.tx, conversation, response, desk.now, number=order.number, kind=thing(order, tongue), by=until
    )
