"""What happened to an order or a customer, written down for every receiver that wants to be told.

Every move leaves a timer in its own transaction (`storage.orders`); the transaction that follows the move
makes the deliveries of it. Other events leave a timer of their own here. So nothing is announced that was
rolled back, and nothing that was committed is lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from handlers.report_slots import given
from handlers.webhooks.settings import EventType, Receiver, WebhookSettings
from storage.orders import Order
from storage.timers import Timer
from storage.webhooks import WebhookDelivery

if TYPE_CHECKING:
    from storage import Tx

ANNOUNCE = "announce"
"""The job of timers that carry an event which is no move."""
Redact = Callable[[str], str]
_ORDER = (
    "number", "kind", "status", "priority", "version", "round", "escalation", "region", "customer_id",
    "customer_level",
)  # fmt: skip
_TIMES = ("promised_at", "created_at", "updated_at", "closed_at")
_DEVICE = ("product", "brand", "model", "warranty", "error_code")
_CONTACT = ("name", "phone", "address")
_COMPLAINT = ("category", "severity", "regulator", "signs", "about", "unit", "additions")


def announce(tx: Tx, order: Order, event: EventType, data: Mapping[str, Any], now: datetime) -> None:
    """Note an event of the order in this transaction, by codes and figures only; receivers are told soon."""
    key = f"{ANNOUNCE}:{event}:{order.id}:{order.version}:{now:%Y%m%dT%H%M%S.%f}"
    payload = {"event": event, "data": dict(data), "at": now.isoformat()}
    tx.timers.set(Timer(key, ANNOUNCE, now, order.id, payload=payload), now)


def follow_move(
    tx: Tx, order: Order, step: Mapping[str, Any], settings: WebhookSettings, redact: Redact, now: datetime
) -> None:
    """Write the deliveries of a move (the payload of its timer)."""
    if not settings.receivers:
        return
    found = [
        event
        for event in tx.orders.events(order.id)
        if event.move == step["move"] and event.version == step["version"]
    ]
    event = found[-1] if found else None
    move = {
        "move": step["move"],
        "from_status": event.from_status if event else None,
        "status": step["status"],
        "version": step["version"],
        "actor": event.actor if event else None,
    }
    reason = event.note if event else ""
    opened = move["from_status"] is None
    at = datetime.fromisoformat(step["at"])
    mark = f"{order.id}_{step['version']}_{step['move']}_{at.astimezone(UTC):%Y%m%d%H%M%S%f}"
    name: EventType = "order.opened" if opened else "order.moved"
    _write(tx, order, name, f"evt_{mark}", {"move": move}, reason, at, settings, redact, now)
    complaint = tx.complaints.of_order(order.id) if opened and order.kind == "complaint" else None
    if complaint is not None:
        told = {name: getattr(complaint, name) for name in _COMPLAINT}
        key = f"evt_{order.id}_complaint"
        _write(tx, order, "complaint.registered", key, {"complaint": told}, "", at, settings, redact, now)


def follow_event(
    tx: Tx, order: Order, timer: Timer, settings: WebhookSettings, redact: Redact, now: datetime
) -> None:
    """Write the deliveries of an event that `announce` noted."""
    told = timer.payload
    at = datetime.fromisoformat(told["at"])
    _write(tx, order, told["event"], f"evt_t{timer.id}", told["data"], "", at, settings, redact, now)


def announce_link(
    tx: Tx, event: EventType, link: int, customer_id: int, numbers: Iterable[str], now: datetime
) -> None:
    """Note that a link was made or undone: whose the orders of those numbers are from now on."""
    told = {"link": link, "customer_id": customer_id, "orders": list(numbers)}
    payload = {"event": event, "data": told, "at": now.isoformat()}
    key = f"{ANNOUNCE}:{event}:{link}"
    tx.timers.set(Timer(key, ANNOUNCE, now, customer_id=customer_id, payload=payload), now)


def follow_link(tx: Tx, timer: Timer, settings: WebhookSettings, now: datetime) -> None:
    """Write the deliveries of a link that `announce_link` noted: ids and numbers, no words."""
    told = timer.payload
    event, told_of = told["event"], told["data"]
    link = tx.identities.find(told_of["link"])
    if link is None:
        return
    data = {
        "customer_id": told_of["customer_id"],
        "orders": told_of["orders"],
        "link": {"id": link.id, "kept_id": link.kept_id, "joined_id": link.joined_id, "how": link.how},
    }
    body = _body(event, datetime.fromisoformat(told["at"]), data)
    key, whose = f"evt_t{timer.id}", link.kept_id
    for receiver in _wanting(settings, event):
        row = WebhookDelivery(key, receiver.name, None, event, body, now, customer_id=whose)
        tx.webhooks.put(row, now)


def _write(
    tx: Tx,
    order: Order,
    event: EventType,
    key: str,
    data: Mapping[str, Any],
    text: str,
    at: datetime,
    settings: WebhookSettings,
    redact: Redact,
    now: datetime,
) -> None:
    for receiver in _wanting(settings, event):
        said = {"text": text if receiver.personal else redact(text)} if text else {}
        body = _body(event, at, {"order": _shown(order, receiver, redact), **data, **said})
        tx.webhooks.put(WebhookDelivery(key, receiver.name, order.id, event, body, now), now)


def _wanting(settings: WebhookSettings, event: EventType) -> list[Receiver]:
    return [one for one in settings.receivers if event in one.events]


def _body(event: EventType, at: datetime, data: Mapping[str, Any]) -> str:
    """The JSON that is signed."""
    body = {"type": event, "timestamp": _time(at), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _shown(order: Order, receiver: Receiver, redact: Redact) -> dict[str, Any]:
    """The order as the receiver may see it."""

    def told(name: str) -> Any:
        value = order.fields.get(name)
        return value if given(value) else None

    shown = {name: getattr(order, name) for name in _ORDER}
    shown |= {name: _time(getattr(order, name)) for name in _TIMES}
    shown |= {name: told(name) for name in _DEVICE}
    description = str(told("description") or "")
    shown["description"] = (description if receiver.personal else redact(description)) or None
    if receiver.personal:
        shown["contact"] = {name: told(name) for name in _CONTACT}
        shown["serial_number"] = told("serial_number")
    return shown


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
