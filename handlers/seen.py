"""What customers have really seen of what they are asked: only that a plain yes answers (E7, E8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from handlers.notices.templates import TEMPLATE
from storage.notices import Arrived
from storage.orders import Order

if TYPE_CHECKING:
    from storage import Tx

Seen = Literal["whole", "before", "announced", "nothing"]
"""`before`: what was asked earlier came; `announced`: a template that does not say what a yes would mean."""


def seen(tx: Tx, order: Order, move: str, answer: str, mark: str, telling: Iterable[str]) -> Seen:
    """How much has reached the customer of what the order's last such move asked.

    It was asked wherever a button `answer` names the `mark`: in news, in a reminder, in the chat. A template
    message leaves the buttons out and cuts words: it counts where a keyword tells one of `telling`.
    """
    asked = [event.at for event in tx.orders.events(order.id) if event.move == move]
    if not asked:
        return "nothing"
    arrived = tx.notices.arrived(order.customer_id, asked[0])
    asking = [one for one in arrived if one.at >= asked[-1] and _asks(one.body, answer, mark)]
    words = [_plain(word) for word in telling]
    if any(_card(one) is None or _tells(_card(one) or {}, words) for one in asking):
        return "whole"
    if asking:
        return "announced"
    return "before" if any(_asks(one.body, answer, order.number) for one in arrived) else "nothing"


def _asks(body: Mapping[str, Any], answer: str, mark: str) -> bool:
    payloads = [str(button.get("payload") or "") for button in body.get("buttons") or ()]
    return any(payload.startswith(f"/{answer}{{") and mark in payload for payload in payloads)


def _card(one: Arrived) -> Mapping[str, Any] | None:
    """The template message that it may have come as; None where the words themselves came.

    Words that a platform with reply windows takes have no id there, template messages have.
    """
    card: Mapping[str, Any] | None = (one.body.get("custom") or {}).get(TEMPLATE)
    return None if one.state == "sent" and one.external_id is None else card


def _tells(card: Mapping[str, Any], words: Iterable[str]) -> bool:
    values = [_plain(str(part.get("value") or "")) for part in (card.get("data") or {}).values()]
    return any(word in value for word in words for value in values)


def _plain(text: str) -> str:
    return text.replace(",", "")
