"""What the customer is told when an order moves: in a turn by the flow, otherwise by the desk's voice."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from handlers import vocabulary
from handlers.life.holding import contact_of, holder_changes, record_holder, responsible
from handlers.life.moving import Actor, Moved, Refused, move
from handlers.life.words import status_line
from nlu.catalogue import builtin
from storage.orders import Order

if TYPE_CHECKING:
    from storage import Tx
    from storage.conversations import Conversation


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
    order = moved.order
    return {
        "response": moved.move.tells,
        "number": order.number,
        "kind": thing(order, language),
        "status": status_line(order.status, language),
        "reason": moved.reason if moved.move.reason == "told" else "",
        **values,
    }


def refusal(refused: Refused, language: str) -> dict[str, Any]:
    """What a customer is told whose wish came too late, as the arguments of `utter_message`."""
    order = refused.order
    status = status_line(order.status, language)
    return {"response": "utter_order_moved_on", "number": order.number, "status": status}


def thing(order: Order, language: str) -> str:
    """What the order is about in a few words: the appliance and the kind of order."""
    product = str(order.fields.get("product") or "-")
    named = "" if product == "-" else builtin().name("products", product, language)
    return " ".join(part for part in (named, vocabulary.word("kind", order.kind, language)) if part)


def move_and_tell(
    tx: Tx,
    voice: Voice,
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
    """Move an order outside of its customer's turn and tell the customer; raises as `move` does.

    `to` is the code of who gets it. The conversation is locked before the order, as in a turn.
    """
    conversation = tx.conversations.get(order.conversation_id, lock=True)
    current = tx.orders.get(order.id, lock=True)
    changes = {**changes, **holder_changes(tx, current, name, actor, to, now)}
    moved = move(tx, order, name, actor, reason, now, expected_version=expected_version, **changes)
    if set(moved.move.needs) - set(values or {}):
        raise Refused("incomplete", order, name, actor.kind)
    record_holder(tx, moved, now)
    tell(tx, voice, conversation, moved, now, values or {})
    return moved


def tell(
    tx: Tx, voice: Voice, conversation: Conversation, moved: Moved, now: datetime, values: dict[str, Any]
) -> None:
    """Tell the customer of a move what concerns them, in their conversation, which is locked."""
    contact = contact_of(responsible(tx, moved.order))
    values = {**({"contact": contact} if contact else {}), **values}
    said = news(moved, voice.language(conversation), **values)
    if said:
        voice.say(tx, conversation, said.pop("response"), now, **said)
        tx.conversations.save(conversation, now)
