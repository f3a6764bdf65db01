"""Orders as `python -m bot orders` prints them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.orders.masking import masked_name, masked_phone
from handlers.life import life, next_moves
from handlers.life.table import Move
from handlers.life.words import word
from storage.order_search import Listed
from storage.orders import Order, OrderEvent


def line(listed: Listed, zone: str, full: bool) -> str:
    """An order in one line; name and phone in full only where wanted."""
    order = listed.order
    cells = (
        wide(order.number, 16),
        _light(order.status),
        wide(order.status, 20),
        wide(order.kind, 12),
        wide(f"{order.priority}{' ↑' + str(order.escalation) if order.escalation else ''}", 9),
        _time(order.created_at, zone),
        wide(_name(listed, full), 12),
        wide(_phone(listed, full), 14),
        wide(listed.assignee or "-", 8),
        str(order.fields.get("product") or ""),
    )
    return "  ".join(plain(cell) for cell in cells).rstrip()


def as_json(listed: Listed, full: bool) -> dict[str, Any]:
    """An order for programs."""
    order = listed.order
    names = ("number", "kind", "status", "priority", "version", "round", "escalation", "region")
    return {
        **{name: getattr(order, name) for name in names},
        "open": order.open,
        "created_at": order.created_at.isoformat(),
        "name": _name(listed, full),
        "phone": _phone(listed, full),
        "assignee": listed.assignee,
        "product": order.fields.get("product"),
    }


def whole(order: Order, events: Sequence[OrderEvent], zone: str) -> Iterator[str]:
    """Everything about one order: head, fields, history, next moves."""
    level = f", escalated to level {order.escalation}" if order.escalation else ""
    yield f"{order.number}  {order.kind}, {order.priority}"
    yield f"{_light(order.status)} {order.status}, round {order.round}, version {order.version}{level}"
    told = {"opened": order.created_at, "promised": order.promised_at, "ended": order.closed_at}
    for name, moment in told.items():
        if moment is not None:
            yield f"{name:<17}{_time(moment, zone)}"
    for name, value in order.fields.items():
        if name == "request":  # what a repetition is known by
            continue
        yield f"{name:<17}{plain(_value(value))}"
    yield ""
    for event in events:
        yield plain(_event(event, zone)).rstrip()
    yield ""
    moves = ", ".join(f"{one.name} ({' '.join(one.who)})" for one in possible(order))
    yield f"next: {moves or 'nothing'}"


def possible(order: Order, actor: str | None = None) -> list[Move]:
    """What may be done with the order now."""
    return list(next_moves(order, actor))


def _event(event: OrderEvent, zone: str) -> str:
    who = f"{event.actor} {event.actor_id}" if event.actor_id else event.actor
    who += f" via {event.via}" if event.via else ""
    step = f"{event.from_status or '·'} → {event.status}" if event.move else ""
    return "  ".join(
        (_time(event.at, zone), wide(event.move or "note", 18), wide(step, 36), wide(who, 20), event.note)
    )


def _name(listed: Listed, full: bool) -> str:
    return (listed.name or "") if full else masked_name(listed.name)


def _phone(listed: Listed, full: bool) -> str:
    return (listed.phone or "") if full else masked_phone(listed.phone)


def _light(status: str) -> str:
    state = life().states.get(status)
    return word("light", state.light, "en") if state else "?"


def _value(value: Any) -> str:
    return "; ".join(map(_value, value)) if isinstance(value, list) else str(value)


def plain(text: str) -> str:
    """The text without what would move the cursor or hide the rest: the words came from outside."""
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp") else " " for c in text)


def wide(text: str, columns: int) -> str:
    """The text filled up to so many columns; Chinese characters take two."""
    taken = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(0, columns - taken)


def _time(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
