"""`POST /orders`: an order opened for a customer, once for each Idempotency-Key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from sqlalchemy.exc import IntegrityError

from bot.api.looking import found, view_of
from bot.api.orders import TAG
from bot.api.orders_shown import OpenedOut
from bot.api.problems import ApiProblem, documented, wrong
from bot.api.returning import ruled
from bot.api.service import PLAIN, Calling, Service, needs
from bot.api.tokens import Caller
from bot.api.versions import order_tag
from bot.api.visiting import no_time
from bot.api.wishes import NewOrder, Wish, checked_wish
from handlers import merging
from handlers.appointments import Window, spoken
from handlers.desk import Desk
from handlers.devices import REPLACEMENT
from handlers.life.telling import thing
from handlers.report_warranty import warranty_fields
from handlers.visits import kept
from handlers.visits_arranged import NoTime, choose, take
from handlers.vocabulary import spoken_time
from storage import Tx
from storage.conversations import Conversation
from storage.order_search import Listed
from storage.orders import Order

CHANNEL = "api"
"""The channel of customers whom only another program knows: nothing can be sent there."""
AT_HOME = ("fault", "installation")
"""Kinds that need an address."""
ADDED_MOST = 50
"""Requests that an order remembers to have been added to it."""
_Key = Annotated[
    str,
    Header(alias="Idempotency-Key", pattern=r"^[\x21-\x7e]{1,200}$",
           description="Any text of your own, new for each order: a repetition gives the same order again."),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """The order; whether this request had its answer before, and whether it was added to an open order."""

    listed: Listed
    repeated: bool
    added: bool = False


def router(service: Service) -> APIRouter:
    """The route that opens orders."""
    routes = APIRouter(prefix="/orders", tags=["orders"], dependencies=[needs("orders:write"), PLAIN])

    @routes.post(
        "",
        status_code=201,
        responses={
            **documented(400),
            200: {
                "description": "The order that this key opened before, or one that it was added to.",
                "model": OpenedOut,
                "headers": TAG,
            },
            201: {"description": "The new order; Location has its path.", "headers": TAG},
        },
        summary="Open an order for a customer",
    )
    async def open_order(asked: NewOrder, caller: Calling, response: Response, key: _Key) -> OpenedOut:
        """Checked as in the chat. A customer who can be written to is told the number and the promise.

        Where an order is open for the same fault of the same device, the report is added to it (`added`), and
        an appointment that it has stands. A return that the policy does not allow is refused.
        """
        now = service.clock()
        wish = checked_wish(service, asked, caller, key, now)
        try:
            outcome = await _outcome(service, wish, caller, now)
        except NoTime as found_full:
            raise no_time(found_full) from None
        service.voice.sent()
        order = outcome.listed.order
        response.status_code = 200 if outcome.repeated or outcome.added else 201
        response.headers["ETag"] = order_tag(order)
        if response.status_code == 201:
            response.headers["Location"] = f"/api/v1/orders/{order.number}"
        return OpenedOut(**dict(view_of(service, caller).order(outcome.listed)), added=outcome.added)

    return routes


async def _outcome(service: Service, wish: Wish, caller: Caller, now: datetime) -> Outcome:
    try:
        return await service.store.transact(lambda tx: _opened(service, tx, wish, caller, now))
    except IntegrityError:  # the same key at the same time: it is there now
        return await service.store.transact(lambda tx: _opened(service, tx, wish, caller, now))


def _opened(service: Service, tx: Tx, wish: Wish, caller: Caller, now: datetime) -> Outcome:
    if before := _before(tx, wish):
        return Outcome(before, True)
    conversation = _conversation(tx, wish, now)
    if before := _before(tx, wish):  # the same request at the same time had the conversation locked
        return Outcome(before, True)
    if before := _added_before(tx, wish, conversation.customer_id):
        return Outcome(before, True, True)
    desk = service.desk_for(tx, conversation, wish.key, now)
    fields = {**_known(desk, wish), **wish.contact, **wish.fields}
    if wish.asked.kind == "fault" and not wish.asked.separate:
        open_one = merging.open_for(tx, conversation.customer_id, fields)
        if open_one is not None:
            return Outcome(_added(service, desk, open_one, fields, wish, caller), False, True)
    if not fields.get("address") and (wish.asked.kind in AT_HOME or wish.window is not None):
        where = "visits" if wish.window is not None else f"the kind {wish.asked.kind}"
        raise wrong("/contact/address", f"is needed for {where}")
    if wish.window is not None:
        fields["window"] = kept(choose(desk, wish.window, fields["address"]))
    if wish.asked.kind == "return":
        asked = wish.asked.return_
        fields |= ruled(desk, {**fields, **wish.returned}, asked is not None and asked.anyway)
    fields |= {**warranty_fields(fields, desk), "request": {"digest": wish.digest}}
    order = desk.open_order(wish.asked.kind, fields, priority=wish.asked.priority, actor=caller.actor)
    visit = take(desk, order, wish.window) if wish.window is not None else None
    _tell(service, desk, order, visit)
    tx.conversations.save(conversation, now)
    return Outcome(found(tx, order.number), False)


def _added(
    service: Service, desk: Desk, order: Order, fields: dict[str, Any], wish: Wish, caller: Caller
) -> Listed:
    """The report in the open order; its customer is told where they can be."""
    requests = {**order.fields.get("added", {}), wish.key: wish.digest}
    added = dict(list(requests.items())[-ADDED_MOST:])
    urgent = wish.asked.priority == "urgent"
    order = merging.add(desk.tx, order, fields, urgent, caller.actor, desk.now, added=added)
    if wish.window is not None and desk.tx.appointments.standing(order.id) is None:
        order = desk.tx.orders.add_details(order, desk.now, {"window": kept(take(desk, order, wish.window))})
    if desk.conversation.unreachable_since is None:
        service.voice.say(desk.tx, desk.conversation, "utter_added_to_order", desk.now, number=order.number)
        desk.tx.conversations.save(desk.conversation, desk.now)
    return found(desk.tx, order.number)


def _added_before(tx: Tx, wish: Wish, customer_id: int) -> Listed | None:
    """The order that the same request was added to; raises ApiProblem where it was another request."""
    for order in tx.orders.of_customer(customer_id, merging.LOOKED_AT):
        digest = order.fields.get("added", {}).get(wish.key)
        if digest is not None and digest != wish.digest:
            raise ApiProblem("key-used", f"It was added to {order.number} with other values.")
        if digest is not None:
            return found(tx, order.number)
    return None


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
        known = tx.conversations.latest_of(tx.identities.root(wish.asked.customer_id))
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


def _tell(service: Service, desk: Desk, order: Order, visit: Window | None) -> None:
    conversation = desk.conversation
    if conversation.unreachable_since is not None:
        return
    tongue = service.voice.language(conversation)
    by = order.promised_at
    until = spoken_time(desk.local(by), desk.local_now, tongue) if by else None
    response = "utter_order_opened_for_you" if until else "utter_order_opened_unpromised"
    service.voice.say(
        desk.tx, conversation, response, desk.now, number=order.number, kind=thing(order, tongue), by=until,
        visit=spoken(visit, desk.local_now, tongue) if visit else "",
    )  # fmt: skip
    if repairs := order.fields.get(REPLACEMENT):
        offered = "utter_replacement_offered"
        service.voice.say(desk.tx, conversation, offered, desk.now, count=str(len(repairs)))
