"""What happened to an order, written down for every receiver that wants to be told.

Every move leaves a timer in its own transaction (`storage.orders`); the transaction that follows the move
makes the deliveries of it. Other events leave a timer of their own here. So nothing is announced that was
rolled back, and nothing that was committed is lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
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
    for receiver in settings.receivers:
        if event not in receiver.events:
            continue
        said = {"text": text if receiver.personal else redact(text)} if text else {}
        body = {
            "type": event,
            "timestamp": _time(at),
            "data": {"order": _shown(order, receiver, redact), **data, **said},
        }
        written = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        tx.webhooks.put(WebhookDelivery(key, receiver.name, order.id, event, written, now), now)


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
