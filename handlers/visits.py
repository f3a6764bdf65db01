"""Visits: the times a customer may choose, taking one, moving it and giving it back (C5)."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from handlers.actions import button
from handlers.appointments import Answer, Window, check, nearest, spoken
from handlers.desk import Desk, Terms
from storage.appointments import Appointment
from storage.orders import Order

if TYPE_CHECKING:
    from storage import Tx


class Office(Protocol):
    """What visits are looked up and taken with; a desk has it."""

    @property
    def tx(self) -> Tx:
        """The transaction."""
        ...

    @property
    def terms(self) -> Terms:
        """The service's rules."""
        ...

    @property
    def now(self) -> datetime:
        """The moment."""
        ...


def wish_of(value: Any, zone: tzinfo) -> Window | None:
    """The time meant: of the entities `time` and `date`, or of a button; None where there is none."""
    if isinstance(value, dict):
        first, last = str(value.get("start") or ""), str(value.get("end") or value.get("start") or "")
    else:
        first, _, last = str(value).partition("/")
    try:
        start, end = _edge(first, zone, False), _edge(last or first, zone, True)
    except ValueError:
        return None
    return Window(start, end) if start <= end else None


def _edge(text: str, zone: tzinfo, last: bool) -> datetime:
    """A moment; of a day or a month its beginning or its end."""
    if "T" in text:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    whole_month = len(text) == len("2024-03")
    day = date.fromisoformat(f"{text}-01" if whole_month else text)
    if last and whole_month:
        day = day.replace(day=monthrange(day.year, day.month)[1])
    begin = datetime.combine(day, time(), zone)
    return begin + timedelta(days=1) if last else begin


def kept(window: Window) -> str:
    """A window as slots, buttons and orders keep it."""
    return f"{window.start.isoformat(timespec='minutes')}/{window.end.isoformat(timespec='minutes')}"


def shown(desk: Desk, value: Any, language: str) -> str:
    """A kept window as the customer reads it; empty where there is none."""
    window = wish_of(value, ZoneInfo(desk.terms.zone)) if value else None
    return spoken(window, desk.local_now, language) if window else ""


def answer(desk: Office, wish: Window, address: str | None, own: Appointment | None = None) -> Answer:
    """Whether the wished time can be had at that address; an appointment of one's own takes no place."""
    terms = desk.terms
    zone, calendar = ZoneInfo(terms.zone), terms.promises.working_time
    return check(wish, desk.now, zone, calendar, _booked(desk, address, own), terms.appointments)


def first_free(desk: Office, address: str | None, own: Appointment | None = None) -> tuple[Window, ...]:
    """The nearest times that can be had."""
    terms = desk.terms
    zone, calendar = ZoneInfo(terms.zone), terms.promises.working_time
    return nearest(desk.now, zone, calendar, _booked(desk, address, own), terms.appointments)


def _booked(desk: Office, address: str | None, own: Appointment | None) -> dict[datetime, int]:
    booked = desk.tx.appointments.booked(desk.terms.promises.region(address), desk.now)
    if own is not None and own.starts_at in booked:
        booked[own.starts_at] -= 1
    return booked


def book(desk: Office, order: Order, window: Window) -> Appointment | None:
    """Take that time for the order, instead of the one it had; None where others took the last place."""
    before = desk.tx.appointments.standing(order.id)
    if before is not None and before.starts_at == window.start:
        return before
    region = desk.terms.promises.region(order.fields.get("address"))
    start = window.start.astimezone(ZoneInfo("UTC"))
    slots = (
        f"{region}|{start:%Y%m%dT%H%MZ}|{n + 1}" for n in range(desk.terms.appointments.visits_per_window)
    )
    taken = desk.tx.appointments.book(order.id, window.start, window.end, slots, desk.now)
    if taken is not None and before is not None:
        desk.tx.appointments.end(before, "moved")
    return taken


def told(desk: Desk, order: Order, language: str) -> str:
    """When somebody comes to the customer of an order; empty where no visit is agreed upon."""
    standing = desk.tx.appointments.standing(order.id)
    if standing is None:
        return ""
    return spoken(Window(standing.starts_at, standing.ends_at), desk.local_now, language)


def buttons(
    desk: Desk, windows: Iterable[Window], language: str, intent: str = "inform", **more: str
) -> list[dict[str, str]]:
    """A button for each of the times."""
    return [
        button(
            spoken(window, desk.local_now, language),
            f"/{intent}{json.dumps({**more, 'window': kept(_local(desk, window))})}",
        )
        for window in windows
    ]


def _local(desk: Desk, window: Window) -> Window:
    return replace(window, start=desk.local(window.start), end=desk.local(window.end))
