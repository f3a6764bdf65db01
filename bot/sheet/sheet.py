"""What a service sheet 服务单 says: language-free values gathered from an order and what was done for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from handlers.life.moving import AWAITED
from handlers.report_slots import given
from storage.customers import Customer
from storage.orders import Order, OrderEvent

REACHED = ("created", "accepted", "on_site", "resolved", "confirmed", "closed", "cancelled", "reopened")
"""The statuses whose dates are told on the sheet."""


class SheetProblem(Exception):
    """The sheet could not be drawn; the message says why."""


class Company(Protocol):
    """What the sheet says of the service itself; the settings' section `service` has it."""

    @property
    def name(self) -> Mapping[str, str]: ...
    @property
    def hotline(self) -> str: ...
    @property
    def zone(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was put in; `unit_price` in minor units, `old_part`: what became of the one taken out."""

    name: str
    model: str = ""
    quantity: int = 1
    unit_price: int = 0
    old_part: str = ""

    @property
    def amount(self) -> int:
        """Price of all of them in minor units."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class Charges:
    """What the service costs: amounts in minor units of the ISO 4217 currency."""

    parts: tuple[Part, ...] = ()
    labour: int = 0
    currency: str = "CNY"

    @property
    def total(self) -> int:
        """Parts and labour together, in minor units."""
        return sum(part.amount for part in self.parts) + self.labour


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the service log: when, where and by whom what was done."""

    at: datetime
    done: str
    person: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """What was found and done: cause, measures, the log, the solution."""

    diagnosis: str = ""
    measures: str = ""
    solution: str = ""
    log: tuple[LogEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Appointment:
    """An agreed visit; `end` is None where only its beginning was agreed."""

    start: datetime
    end: datetime | None = None
    engineer: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The customer's confirmation in place of a signature: when, on which channel, as whom."""

    at: datetime
    channel: str
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """A status the order came to, and when."""

    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ServiceSheet:
    """Everything a sheet shows. Moments are in the zone of the service; texts are as people wrote them."""

    company: Mapping[str, str]
    zone: str
    hotline: str
    number: str
    kind: str
    status: str
    urgent: bool = False
    dates: tuple[Reached, ...] = ()
    promised_at: datetime | None = None
    customer_name: str = ""
    customer_phone: str = ""
    customer_address: str = ""
    product: str = ""
    brand: str = ""
    model: str = ""
    serial_number: str = ""
    purchase_date: str = ""
    warranty: str = ""
    description: str = ""
    since: str = ""
    error_code: str = ""
    appointment: Appointment | None = None
    work: Work = field(default_factory=Work)
    charges: Charges | None = None
    customer_words: str = ""
    confirmation: Confirmation | None = None


def of_order(
    order: Order,
    events: Sequence[OrderEvent],
    customer: Customer | None,
    company: Company,
    *,
    appointment: Appointment | None = None,
    work: Work | None = None,
    charges: Charges | None = None,
    customer_words: str = "",
    confirmation: Confirmation | None = None,
) -> ServiceSheet:
    """The sheet of an order; what is given in the order itself goes before what is known of its customer."""
    zone = ZoneInfo(company.zone)

    def of(name: str) -> str:
        value = order.fields.get(name)
        return _plain(value) if given(value) else ""

    work = work or Work()
    return ServiceSheet(
        company=dict(company.name),
        zone=company.zone,
        hotline=company.hotline,
        number=order.number,
        kind=order.kind,
        status=order.status,
        urgent=order.priority == "urgent",
        dates=_dates(events, zone),
        promised_at=_local(order.promised_at, zone) if order.status in AWAITED else None,
        customer_name=of("name") or (customer and customer.name) or "",
        customer_phone=of("phone") or (customer and customer.phone) or "",
        customer_address=of("address") or (customer and customer.address) or "",
        product=of("product"),
        brand=of("brand"),
        model=of("model"),
        serial_number=of("serial_number"),
        purchase_date=of("purchase_date"),
        warranty=of("warranty"),
        description=of("description"),
        since=of("since"),
        error_code=of("error_code"),
        appointment=appointment and _in_zone(appointment, zone),
        work=Work(work.diagnosis, work.measures, work.solution, _entries(work.log, zone)),
        charges=charges,
        customer_words=customer_words,
        confirmation=confirmation
        and Confirmation(confirmation.at.astimezone(zone), confirmation.channel, confirmation.identity),
    )


def _dates(events: Sequence[OrderEvent], zone: ZoneInfo) -> tuple[Reached, ...]:
    """When the order last came to each status worth telling, in that order."""
    reached: dict[str, datetime] = {}
    before = ""
    for event in events:
        if event.status in REACHED and event.status != before:
            reached[event.status] = event.at.astimezone(zone)
        before = event.status
    return tuple(Reached(status, at) for status, at in sorted(reached.items(), key=lambda one: one[1]))


def _entries(log: tuple[LogEntry, ...], zone: ZoneInfo) -> tuple[LogEntry, ...]:
    return tuple(LogEntry(e.at.astimezone(zone), e.done, e.person, e.place) for e in log)


def _in_zone(visit: Appointment, zone: ZoneInfo) -> Appointment:
    return Appointment(visit.start.astimezone(zone), _local(visit.end, zone), visit.engineer)


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def _plain(value: Any) -> str:
    return "; ".join(str(item) for item in value) if isinstance(value, list) else str(value)
