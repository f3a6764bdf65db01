"""Everything that the right side of a conversation shows, read at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.console.masking import Seen
from bot.console.panel.slots import Slot, collected
from bot.console.parts import Parts
from bot.dialogue import Held
from handlers.desk import Desk
from handlers.devices import device_of
from handlers.life.telling import thing
from handlers.report_warranty import warranty_line
from handlers.warranty.cover import cover
from handlers.warranty.wording import in_full
from storage import Tx
from storage.conversations import Conversation
from storage.customers import Customer
from storage.devices import Owned
from storage.orders import Order
from storage.users import User

ORDERS = 20
"""The customer's latest orders that are shown."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A device of the customer's, and what warranty says of it today."""

    owned: Owned
    state: str
    why: str


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
    orders: list[Order]
    titles: dict[int, str]
    """What each order is about, by its id."""

    others: list[Conversation]
    """The customer's conversations on other channels."""


def panel(tx: Tx, parts: Parts, user: User, room: Conversation, seen: Seen, language: str) -> Panel:
    """The right side as that user sees it, in their language."""
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
        orders,
        {one.id: thing(one, language) for one in orders},
        [one for one in tx.conversations.of_customer(room.customer_id) if one.id != room.id],
    )


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
