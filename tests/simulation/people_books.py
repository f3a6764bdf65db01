"""The books of people: who is whom, and who has which order (T13, T18)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import select

from storage import Tx
from storage.schema import conversations, customer_joins, customers, devices, dispatches, orders
from tests.simulation.books import require


def check_customers(tx: Tx) -> None:
    """T13: a conversation and its orders are one customer's; who is joined to another has nothing left."""
    above = {row.id: row.joined_into for row in tx.execute(select(customers.c.id, customers.c.joined_into))}
    joins = select(customer_joins.c.joined_id).where(customer_joins.c.undone_at.is_(None))
    joined = sorted(tx.execute(joins).scalars())
    mine = sorted(one for one, other in above.items() if other is not None)
    require(joined == mine, "T13", f"joined by the record: {joined}, by the customers: {mine}")
    owner = {}
    for room in tx.execute(select(conversations)):
        own = room.own_customer_id or room.customer_id
        require(
            room.customer_id == _root(own, above), "T13", f"conversation {room.id} is {room.customer_id}'s"
        )
        owner[room.id] = room.customer_id
    for order in tx.execute(select(orders.c.id, orders.c.conversation_id, orders.c.customer_id)):
        whose = owner[order.conversation_id]
        require(
            order.customer_id == whose, "T13", f"order {order.id} is {order.customer_id}'s, not {whose}'s"
        )
    left = set(tx.execute(select(devices.c.customer_id)).scalars()) & set(mine)
    require(not left, "T13", f"devices are left with {sorted(left)}")


def _root(customer: int, above: dict[int, int | None]) -> int:
    while (higher := above[customer]) is not None:
        customer = higher
    return customer


def check_dispatches(tx: Tx) -> None:
    """T18: whose an order is, is what was decided last; nobody has it beside them."""
    decided: dict[int, list[Any]] = defaultdict(list)
    for row in tx.execute(select(dispatches).order_by(dispatches.c.id)):
        decided[row.order_id].append(row)
    for order in tx.execute(select(orders)):
        rows, name = decided[order.id], f"order {order.id}"
        current = [row.staff_id for row in rows if row.ended_at is None]
        require(len(current) < 2, "T18", f"{name} was given to {current} at once")
        for row in rows:
            require(
                (row.ended_at is None) == (row.outcome is None), "T18", f"{name}: {row.outcome} without end"
            )
        if order.status == "dispatched" and order.assignee_id is not None and rows:
            holder = order.assignee_id  # who let it pass keeps it until a supervisor finds somebody
            require(current in ([holder], [None]), "T18", f"{name}: {holder} has it, not {current}")
