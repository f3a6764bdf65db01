"""What the customer of an order was asked about it, and which words answer that (C7, F2)."""

from __future__ import annotations

from typing import Any

from handlers.asked import Told, payload
from storage.orders import Order

QUESTION = "staff_question"
"""The number of the order about which the staff asked something, while the answer is waited for."""
VISIT_TIME = "visit_time"
"""The number of the order for whose visit another time is looked for."""
_NO_ANSWERS = ("greet", "thank", "goodbye", "help")
"""Intents that say nothing about what was asked."""
_TIMES = ("time", "date")


def asked(order: Order) -> dict[str, Any]:
    """What the conversation remembers in which the question was put."""
    return {QUESTION: order.number}


def told_of(order: Order, move: str, slots: dict[str, Any]) -> dict[str, Any]:
    """What news of a move leave to be remembered: a question is open, or that order's is over."""
    if move == "ask_customer":
        return asked(order)
    return {QUESTION: None} if slots.get(QUESTION) == order.number else {}


def answered(told: Told) -> str | None:
    """Whatever is said, unless it surely wants something else, is the answer."""
    if told.intent in _NO_ANSWERS or told.wants_else(judges=False):
        return None
    return payload("add_information", order_number=told.slots[QUESTION])


def timed(told: Told) -> str | None:
    """A time that is named, unless something else is wanted, is the one for the visit."""
    named = next((name for name in _TIMES if name in told.entities), None)
    if named is None or told.wants_else(judges=False):
        return None
    value = told.entities[named]
    if isinstance(value, dict):
        value = f"{value.get('start') or ''}/{value.get('end') or value.get('start') or ''}"
    return payload("change_appointment", order_number=told.slots[VISIT_TIME], window=str(value))
