"""Conversations by what people know of them: a name, a number of a telephone, order or device, what was said.

Each look is bounded, so that none takes long in a large database: of what was said, so many messages
at a time, the newest first; the next look goes further back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, func, select

from storage.phones import is_or_ends_with
from storage.schema import conversations, customers, messages, orders
from storage.words import holds

if TYPE_CHECKING:
    from storage.transaction import Tx

MOST = 500
"""Conversations that one kind of knowledge finds."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is known; parts that are None are not looked for. `phone`: in E.164, or its last digits."""

    text: str
    name: str | None = None
    phone: str | None = None
    number: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The conversations, and whether there are older messages that were not looked at."""

    ids: frozenset[int]
    older: bool


def search(tx: Tx, sought: Sought, reach: int) -> Found:
    """Where it occurs; of what was said, in the newest `reach` messages."""
    ids: set[int] = set()
    for statement in _by_whom(sought):
        ids |= set(tx.execute(statement.limit(MOST)).scalars())
    newest = int(tx.execute(select(func.max(messages.c.id))).scalar_one() or 0)
    said = holds(messages.c.body["text"].as_string(), sought.text)
    looked = select(messages.c.conversation_id).where(messages.c.id > newest - reach, said)
    ids |= set(tx.execute(looked.order_by(messages.c.id.desc()).limit(MOST)).scalars())
    return Found(frozenset(ids), newest > reach)


def _by_whom(sought: Sought) -> list[Select[Any]]:
    found = []
    of_orders = select(orders.c.conversation_id)
    if sought.name:
        found.append(_of_customers(holds(customers.c.name, sought.name)))
    if sought.phone:
        for known in (customers.c.phone, customers.c.verified_phone):
            found.append(_of_customers(is_or_ends_with(known, sought.phone)))
        found.append(of_orders.where(is_or_ends_with(orders.c.contact_phone, sought.phone)))
    if sought.number:
        found.append(of_orders.where(orders.c.number.startswith(sought.number, autoescape=True)))
    if sought.serial:
        found.append(of_orders.where(orders.c.serial_number.in_((sought.serial, sought.serial.upper()))))
    return found


def _of_customers(known: ColumnElement[bool]) -> Select[Any]:
    """The customers first: else SQLite looks up the customer of each conversation there is."""
    fitting = select(customers.c.id).where(known).order_by(customers.c.id.desc()).limit(MOST)
    return select(conversations.c.id).where(conversations.c.customer_id.in_(fitting))
