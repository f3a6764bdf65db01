"""Visits arranged by the staff: day and slot, checked and taken as a customer's choice is (C5, E2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from handlers import visits
from handlers.appointments import Window
from handlers.life.moving import Actor, Moved, Refused, Stale, check_move
from handlers.life.telling import move_and_tell
from handlers.life.words import word
from storage.appointments import Appointment
from storage.orders import Order

if TYPE_CHECKING:
    from handlers.desk import Terms
    from storage import Tx

VISITS = ("schedule_visit", "reschedule_visit")
"""Moves that agree upon a visit."""
SLOT = r"\d{2}:\d{2}(?:-\d{2}:\d{2})?"
"""A slot as it is written: 13:30-15:30, or 13:30 for the one that has this moment."""


class NoTime(Exception):
    """Nobody can come then; `why` names the refusal, `free` are the times that can be had instead."""

    def __init__(self, why: str, free: Iterable[Window] = ()) -> None:
        super().__init__(why)
        self.why = why
        self.free = tuple(free)

    def words(self, language: str) -> str:
        """Why, and what is free instead, in zh or en."""
        return " ".join(filter(None, (word("refusal", self.why, language), self.instead(language))))

    def instead(self, language: str) -> str:
        """What is free, in zh or en; empty where nothing is."""
        times = ", ".join(f"{day} {slot}" for day, slot in map(written, self.free))
        return word("refusal", "visit_free", language).format(times=times) if times else ""


class NoVisit(Refused):
    """An order gets no visit at that time; `free` are the times that can be had instead."""

    def __init__(self, found: NoTime, order: Order, move: str, actor: str) -> None:
        super().__init__(found.why, order, move, actor)
        self.found = found

    @property
    def free(self) -> tuple[Window, ...]:
        """The times that can be had instead."""
        return self.found.free

    def words(self, language: str) -> str:
        """Why, that the order is as it was, and what is free instead, in zh or en."""
        unchanged = word("refusal", "visit_unchanged", language).format(number=self.order.number)
        said = (super().words(language), unchanged, self.found.instead(language))
        return " ".join(filter(None, said))


def wished(day: date, slot: str, zone: str) -> Window:
    """The time meant by a day and a slot on the service's clock; raises ValueError where it is none."""
    if not re.fullmatch(SLOT, slot):
        raise ValueError("write a slot as 13:30-15:30, or as 13:30")
    first, _, last = slot.partition("-")
    found = visits.wish_of({"start": f"{day}T{first}", "end": f"{day}T{last or first}"}, ZoneInfo(zone))
    if found is None or (last and found.start == found.end):
        raise ValueError("a slot is from one time of a day to a later one")
    return found


def written(window: Window) -> tuple[str, str]:
    """The day and the slot of a window, as `wished` reads them."""
    return f"{window.start:%Y-%m-%d}", f"{window.start:%H:%M}-{window.end:%H:%M}"


def arrange(
    tx: Tx,
    terms: Terms,
    order: Order,
    name: str,
    actor: Actor,
    reason: str,
    now: datetime,
    *,
    wish: Window | None = None,
    expected_version: int | None = None,
    contact: str = "",
) -> Moved:
    """Agree upon a visit: its time is taken instead of the one before, and the customer told.

    Without a wish the appointment that the customer made stands. Raises NoVisit with the nearest times,
    or Refused and Stale as moves do.
    """
    tx.conversations.get(order.conversation_id, lock=True)
    current = tx.orders.get(order.id, lock=True)
    if expected_version not in (None, current.version):
        raise Stale(current, name)
    check_move(current, name, actor, reason)
    office = _Office(tx, _without_notice(terms), now)
    window = _taken(office, current, wish, name, actor)
    kept = visits.kept(window)
    return move_and_tell(
        tx,
        current,
        name,
        actor,
        reason,
        now,
        values={"window": kept, **({"contact": contact} if contact else {})},
        fields={**current.fields, "window": kept},
    )


@dataclass(frozen=True, slots=True)
class _Office:
    """What visits are looked up with where no customer is speaking."""

    tx: Tx
    terms: Terms
    now: datetime


def _without_notice(terms: Terms) -> Terms:
    """The staff know whether somebody can be there at once."""
    return replace(terms, appointments=terms.appointments.model_copy(update={"notice_hours": 0.0}))


def _taken(office: _Office, order: Order, wish: Window | None, name: str, actor: Actor) -> Window:
    """The window that is the order's now."""
    own = office.tx.appointments.standing(order.id)
    try:
        if wish is not None:
            return take(office, order, wish)
        if own is None or name != "schedule_visit":
            raise NoTime("visit_missing", visits.first_free(office, order.fields.get("address"), own))
    except NoTime as found:
        raise NoVisit(found, order, name, actor.kind) from None
    zone = ZoneInfo(office.terms.zone)
    return Window(own.starts_at.astimezone(zone), own.ends_at.astimezone(zone))


def choose(
    office: visits.Office, wish: Window, address: str | None, own: Appointment | None = None
) -> Window:
    """The one free window that is wished; raises NoTime where there is none, or where there are several."""
    found = visits.answer(office, wish, address, own)
    if len(found.windows) != 1:
        why = "visit_" + (found.reason or "several").rpartition("appointment_")[2]
        raise NoTime(why, found.windows or found.nearest)
    return found.windows[0]


def take(office: visits.Office, order: Order, wish: Window) -> Window:
    """Take the wished time for the order, instead of the one it had; raises NoTime."""
    own, address = office.tx.appointments.standing(order.id), order.fields.get("address")
    window = choose(office, wish, address, own)
    if visits.book(office, order, window) is None:  # others were quicker
        raise NoTime("visit_full", visits.first_free(office, address, own))
    return window
