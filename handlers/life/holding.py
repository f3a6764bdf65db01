"""Who has an order: whom a move gives it to, who may accept it, and what the customer is told of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from handlers.life.moving import AWAITED, Actor, Moved, Refused
from storage.dispatches import Dispatch
from storage.orders import Order

if TYPE_CHECKING:
    from storage import Tx
    from storage.staff import Member

GIVES = ("dispatch", "redispatch")
"""Moves that give an order to somebody named."""
ANSWERS = ("accept", "hand_back")
"""Moves of an engineer that only who has the order may make."""


def holder_changes(
    tx: Tx, order: Order, name: str, actor: Actor, to: str | None, now: datetime
) -> dict[str, Any]:
    """What the move changes of who has the order; raises Refused for who is not there or not meant."""
    if to is not None:
        if name not in GIVES:
            raise Refused("gives_to_nobody", order, name, actor.kind)
        named = tx.staff.find(to)
        if named is None or not named.there(now):
            raise Refused("not_there", order, name, actor.kind)
        return {"assignee_id": named.id}
    mover = tx.staff.find(actor.id) if actor.id else None
    if mover is None:
        return {}
    if name in ANSWERS and actor.kind == "engineer" and order.assignee_id not in (None, mover.id):
        raise Refused("not_yours", order, name, actor.kind)
    takes = name == "take" or (name == "accept" and order.assignee_id is None)
    return {"assignee_id": mover.id} if takes else {}


def record_holder(tx: Tx, moved: Moved, now: datetime) -> None:
    """Keep who named the one who has the order now."""
    after = moved.order
    if after.assignee_id is None or after.assignee_id == moved.before.assignee_id:
        return
    tx.dispatches.end(after.id, "named", moved.reason, now)
    who = " ".join(part for part in (moved.actor.kind, moved.actor.id) if part)
    tx.dispatches.add(Dispatch(after.id, after.round, now, after.assignee_id, who[:64], reason=moved.reason))


def responsible(tx: Tx, order: Order) -> Member | None:
    """Who has the order and has accepted it, or None."""
    if order.assignee_id is None or order.status in AWAITED:
        return None
    return tx.staff.get(order.assignee_id)


def contact_of(member: Member | None) -> str:
    """Somebody as customers are told of them: name and phone; empty for nobody."""
    return " ".join(part for part in (member.name, member.phone) if part) if member else ""
