"""The same fault of the same device told again while its order is open: added to it, not doubled (E1, C7).

In a chat the customer is asked whether it is the same; where nobody can be asked, details and codes decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers import life
from handlers.devices import faults_of
from handlers.life import Actor, Refused
from handlers.values import given
from storage.orders import Order

if TYPE_CHECKING:
    from storage import Tx

LOOKED_AT = 50
"""A customer's newest orders that are looked at."""
DETAILS = ("brand", "model", "serial_number", "purchase_date", "error_code")
"""What a later report may add to what is known."""
_TELLING_APART = ("brand", "model", "serial_number")
_VAGUE = {"broken", "error_code"}
"""Codes that say no more than that something is wrong."""
URGENT = "reported again as urgent"


def open_for(tx: Tx, customer_id: int, fields: Mapping[str, Any]) -> Order | None:
    """The customer's newest open fault order that this report belongs to, or None."""
    for order in tx.orders.of_customer(customer_id, LOOKED_AT):
        if order.open and order.kind == "fault" and _same(order.fields, fields):
            return order
    return None


def add(
    tx: Tx, order: Order, fields: Mapping[str, Any], urgent: bool, actor: Actor, now: datetime, **kept: Any
) -> Order:
    """Add a report to an open order: its words to the history, details that were missing, `kept` fields.

    One that calls it urgent goes a level up, as its promises are those of a normal one.
    """
    order = tx.orders.get(order.id, lock=True)
    new = {
        name: fields[name] for name in DETAILS if given(fields.get(name)) and not _told(order.fields, name)
    }
    symptoms = list(dict.fromkeys((*_codes(order.fields), *_codes(fields))))
    more = {**new, **({"symptoms": symptoms} if symptoms else {}), **kept}
    order = tx.orders.add_details(order, now, more)
    tx.orders.add_note(order, actor.kind, f"reported again: {fields['description']}", now, actor.id)
    if urgent and order.priority != "urgent":
        order = _raised(tx, order, actor, now)
    return order


def _raised(tx: Tx, order: Order, actor: Actor, now: datetime) -> Order:
    try:
        return life.move_and_tell(tx, order, "escalate", actor, URGENT, now, priority="urgent").order
    except Refused:  # at the highest level already
        return tx.orders.add_details(order, now, {}, priority="urgent")


def _same(known: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """The same kind of device with nothing that differs, and a fault in common."""
    if not given(told.get("product")) or known.get("product") != told["product"]:
        return False
    for name in _TELLING_APART:
        if _told(known, name) and _told(told, name) and _plain(known[name]) != _plain(told[name]):
            return False
    here, there = faults_of(known) - _VAGUE, faults_of(told) - _VAGUE
    if here and there:
        return bool(here & there)
    return _plain(known.get("description")) == _plain(told.get("description"))


def _told(fields: Mapping[str, Any], name: str) -> bool:
    return given(fields.get(name))


def _codes(fields: Mapping[str, Any]) -> list[str]:
    return list(fields.get("symptoms") or ())


def _plain(words: Any) -> str:
    return "".join(str(words or "").split()).upper()
