"""Everything that the right side of a conversation shows, read at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.console.entering import Visitor
from bot.console.masking import Seen
from bot.console.panel.opening import actor_of
from bot.console.panel.slots import Slot, collected
from bot.console.parts import Parts
from bot.dialogue import Held
from handlers.desk import Desk
from handlers.devices import device_of
from handlers.life import next_moves
from handlers.life.table import Move
from handlers.life.telling import thing
from handlers.report_warranty import warranty_line
from handlers.warranty.cover import cover
from handlers.warranty.wording import in_full
from storage import Tx
from storage.appointments import Appointment
from storage.conversations import Conversation
from storage.customers import Customer
from storage.devices import Owned
from storage.orders import Order
from storage.staff import Member

ORDERS = 20
"""The customer's latest orders that are shown."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A device of the customer's, and what warranty says of it today."""

    owned: Owned
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An order with what it is about, its visit, and what this visitor may do with it now."""

    order: Order
    title: str
    visit: Appointment | None
    moves: list[Move]


@dataclass(frozen=True, slots=True)
class Panel:
    """One conversation's right side; `yours`: it is the visitor's, who may change what is shown."""

    room: Conversation
    customer: Customer
    yours: bool
    handover: dict[str, Any]
    held: Held | None
    slots: list[Slot]
    warranty: str
    """What warranty says of the device in the form under way."""

    things: list[Thing]
    orders: list[Shown]
    staff: list[Member]
    windows: tuple[str, ...]
    """The hours of a day at which visits come."""

    others: list[Conversation]
    """The customer's conversations on other channels."""


def panel(tx: Tx, parts: Parts, visitor: Visitor, room: Conversation, seen: Seen, language: str) -> Panel:
    """The right side as that visitor sees it, in their language."""
    user = visitor.user
    desk = parts.desk_for(tx, room, f"side:{room.id}", parts.clock())
    held, orders = parts.voice.held(room), tx.orders.of_customer(room.customer_id, ORDERS)
    slots: dict[str, Any] = room.state.get("slots") or {}
    return Panel(
        room,
        tx.customers.get(room.customer_id),
        room.owner == "agent" and room.agent_id == user.id,
        slots.get("handover") or {},
        held,
        collected(held, seen, language, desk.local_now),
        warranty_line(slots, desk, language) if held is not None else "",
        things(desk, room.customer_id, desk.local_now, language),
        [_shown(tx, one, visitor, language) for one in orders],
        [one for one in tx.staff.all() if one.active] if visitor.may("orders.move") else [],
        desk.terms.appointments.windows,
        [one for one in tx.conversations.of_customer(room.customer_id) if one.id != room.id],
    )


def _shown(tx: Tx, order: Order, visitor: Visitor, language: str) -> Shown:
    moves = next_moves(order, actor_of(visitor).kind) if visitor.may("orders.move") else ()
    told = [one for one in moves if not one.needs]  # a quotation has a form of its own
    visit = tx.appointments.standing(order.id) if order.open else None
    return Shown(order, thing(order, language), visit, told)


def things(desk: Desk, customer_id: int, now: datetime, language: str) -> list[Thing]:
    """The customer's devices with their warranty on that day."""
    found = []
    for one in desk.tx.devices.of_customer(customer_id):
        told = {
            name: getattr(one, name)
            for name in ("product", "brand", "model", "serial_number", "purchase_date")
        }
        covered = cover(device_of(told), now.date(), desk.terms.warranty, desk.terms.serial_numbers)
        found.append(Thing(one, covered.state, in_full(covered.state, covered.reasons, language)))
    return found
