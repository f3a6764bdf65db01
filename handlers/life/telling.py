"""What the customer is told when an order moves: in a turn by the flow, otherwise by the desk's voice."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from handlers import vocabulary
from handlers.life.holding import contact_of, holder_changes, record_holder, responsible
from handlers.life.moving import Actor, Moved, Refused, move
from handlers.life.table import Move
from handlers.life.words import status_line
from nlu.catalogue import in_use
from storage.orders import Order
from storage.timers import Timer

if TYPE_CHECKING:
    from storage import Tx
    from storage.conversations import Conversation

NEWS = "news"
"""The job of timers that tell customers of moves (see `scheduler.news`)."""


class Voice(Protocol):
    """How the desk speaks outside of turns (see `scheduler.Voice`)."""

    def language(self, conversation: Conversation) -> str:
        """The language the customer is spoken to in."""
        ...

    def say(self, tx: Tx, conversation: Conversation, response: str, now: datetime, **values: Any) -> None:
        """Write the named response to the customer and its outbox row."""
        ...


def news(moved: Moved, language: str, **values: Any) -> dict[str, Any]:
    """The message a move makes, as the arguments of `utter_message`; empty where it tells nothing.

    `values` fill further names of the response, e.g. `when` of a visit, `who` comes.
    """
    if moved.move.tells is None:
        return {}
    said = news_values(moved.move, moved.order, moved.order.status, moved.reason, language)
    return {"response": moved.move.tells, **said, **values}


def news_values(move: Move, order: Order, status: str, reason: str, language: str) -> dict[str, Any]:
    """What the response of a move is filled with; `status` is the order's after it."""
    return {
        "number": order.number,
        "kind": thing(order, language),
        "about": order.kind,
        "status": status_line(status, language),
        "reason": reason if move.reason == "told" else "",
    }


def tell(tx: Tx, moved: Moved, now: datetime, **values: Any) -> None:
    """Leave it to the clock to tell the customer of a move: at once, or when that may be said."""
    if moved.move.tells is None:
        return
    order, move = moved.order, moved.move.name
    contact = contact_of(responsible(tx, order))
    values = {**({"contact": contact} if contact else {}), **values}
    told = {"move": move, "status": order.status, "reason": moved.reason}
    payload = {**told, "values": values, "wanted_at": now.isoformat()}
    # A move that leaves the order as it is, a second quotation for example, counts no version.
    key = f"{NEWS}:{order.id}:{order.version}:{move}:{now:%H%M%S.%f}"
    tx.timers.set(Timer(key, NEWS, now, order.id, payload=payload), now)


def refusal(refused: Refused, language: str) -> dict[str, Any]:
    """What a customer is told whose wish came too late, as the arguments of `utter_message`."""
    order = refused.order
    status = status_line(order.status, language)
    return {"response": "utter_order_moved_on", "number": order.number, "status": status}


def thing(order: Order, language: str) -> str:
    """What the order is about in a few words: the appliance and the kind of order."""
    product = str(order.fields.get("product") or "-")
    named = "" if product == "-" else in_use().name("products", product, language)
    return " ".join(part for part in (named, vocabulary.word("kind", order.kind, language)) if part)


def move_and_tell(
    tx: Tx,
    order: Order,
    name: str,
    actor: Actor,
    reason: str,
    now: datetime,
    *,
    expected_version: int | None = None,
    to: str | None = None,
    values: dict[str, Any] | None = None,
    **changes: Any,
) -> Moved:
    """Move an order outside of its customer's turn and have the customer told; raises as `move` does.

    `to` is the code of who gets it. The conversation is locked before the order, as in a turn.
    """
    tx.conversations.get(order.conversation_id, lock=True)
    current = tx.orders.get(order.id, lock=True)
    changes = {**changes, **holder_changes(tx, current, name, actor, to, now)}
    moved = move(tx, order, name, actor, reason, now, expected_version=expected_version, **changes)
    if set(moved.move.needs) - set(values or {}):
        raise Refused("incomplete", order, name, actor.kind)
    record_holder(tx, moved, now)
    tell(tx, moved, now, **(values or {}))
    return moved
