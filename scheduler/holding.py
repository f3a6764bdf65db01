"""Orders behind their conversations: who speaks or moves holds the conversation first, as in a turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage import Tx
from storage.conversations import Conversation
from storage.orders import Order
from storage.timers import Timer


@dataclass(frozen=True, slots=True)
class Held:
    """A timer with its order and the order's conversation, locked."""

    timer: Timer
    order: Order
    conversation: Conversation


def hold(tx: Tx, timers: Sequence[Timer], as_now: bool = False) -> list[Held]:
    """The timers whose conversations nobody else has just now; the orders themselves are not locked.

    `as_now`: the orders are as whoever had their conversations before has left them.
    """
    ids = [timer.order_id for timer in timers if timer.order_id is not None]
    orders = tx.orders.among(ids)
    rooms = tx.conversations.take_all(order.conversation_id for order in orders.values())
    orders = tx.orders.among(ids) if as_now else orders
    found = []
    for timer in timers:
        order = orders[timer.order_id]  # type: ignore[index]
        if order.conversation_id in rooms:
            found.append(Held(timer, order, rooms[order.conversation_id]))
    return found
