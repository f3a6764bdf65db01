"""Orders as the API shows them; what tells of a person only to tokens that may know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from bot.api.tokens import Caller
from handlers.appointments import Window
from handlers.devices import REPLACEMENT
from handlers.report_slots import given
from handlers.visits_arranged import written
from storage.appointments import Appointment
from storage.order_search import Listed
from storage.orders import OrderEvent

PERSONAL = "customers:read"


class Contact(BaseModel):
    """Who the order is for, as given in the order."""

    name: str | None
    phone: Annotated[str | None, Field(description="E.164", examples=["+8613800138000"])]
    address: str | None


class AppointmentOut(BaseModel):
    """The order's newest appointment; day and slot are on the service's clock, as moves take them."""

    day: Annotated[str, Field(examples=["2026-03-05"])]
    slot: Annotated[str, Field(examples=["13:30-15:30"])]
    starts_at: datetime
    ends_at: datetime
    state: Annotated[
        Literal["standing", "moved", "cancelled", "kept"],
        Field(description="It stands, was given back for another, was called off, or took place."),
    ]


class OrderOut(BaseModel):
    """A service order 服务单."""

    number: Annotated[str, Field(examples=["SR-202603020001"])]
    kind: Annotated[str, Field(examples=["fault"])]
    status: Annotated[str, Field(examples=["accepted"])]
    priority: Annotated[str, Field(examples=["normal"])]
    version: Annotated[int, Field(description="Counts the moves; also the ETag.")]
    round: Annotated[int, Field(description="One more with every reopening.")]
    escalation: Annotated[int, Field(description="0 none, 1 supervisor, 2 manager")]
    customer_id: int
    customer_level: str
    region: str | None
    assignee: Annotated[str | None, Field(description="The code of who has it.")]
    product: str | None
    brand: str | None
    model: str | None
    purchase_date: Annotated[str | None, Field(description="To the day, the month or the year.")]
    warranty: str | None
    error_code: str | None
    wished: Annotated[
        str | None, Field(description="When the visit was wished.", examples=["2026-03-03 14:00–18:00"])
    ]
    appointment: Annotated[AppointmentOut | None, Field(description="Null where none was ever made.")]
    policy: Annotated[
        str | None, Field(description="What the policy says to a return.", examples=["fits", "unclear"])
    ]
    symptoms: Annotated[list[str], Field(description="Codes of the fault.", examples=[["no_cooling"]])]
    replacement: Annotated[
        list[str], Field(description="Repairs of the same fault in warranty that entitle to a replacement.")
    ]
    description: Annotated[
        str | None, Field(description="Without customers:read names, numbers and addresses are taken out.")
    ]
    serial_number: Annotated[str | None, Field(description="Only with customers:read.")]
    contact: Annotated[Contact | None, Field(description="Only with customers:read.")]
    promised_at: datetime | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class OpenedOut(OrderOut):
    """The order that a request opened or was added to."""

    added: Annotated[
        bool, Field(description="No new order: one was open for the same fault of the same device.")
    ]


class OrderPage(BaseModel):
    """Some orders, newest first."""

    items: list[OrderOut]
    next: Annotated[str | None, Field(description="The `cursor` of the next page; null at the end.")]


class EventOut(BaseModel):
    """One thing that happened to an order; a mere note has no move."""

    at: datetime
    actor: Annotated[str, Field(examples=["engineer"])]
    actor_id: Annotated[str | None, Field(description="Who exactly. A customer's only with customers:read.")]
    via: Annotated[str | None, Field(description="The program that acted for them.", examples=["api:crm"])]
    move: str | None
    from_status: str | None
    status: str
    version: int
    note: Annotated[
        str, Field(description="Without customers:read names, numbers and addresses are taken out.")
    ]


class Events(BaseModel):
    """Everything that happened to an order, oldest first."""

    items: list[EventOut]


@dataclass(frozen=True, slots=True)
class View:
    """How one caller sees orders; `redact` takes personal data out of a text, `zone` is the service's."""

    caller: Caller
    zone: tzinfo
    redact: Callable[[str], str]

    @property
    def personal(self) -> bool:
        """Whether the caller may see personal data."""
        return PERSONAL in self.caller.scopes

    def order(self, listed: Listed) -> OrderOut:
        """The order as the caller may see it."""
        order = listed.order

        def told(name: str) -> str | None:
            value: Any = order.fields.get(name)
            return str(value) if given(value) else None

        contact = Contact(name=told("name"), phone=told("phone"), address=told("address"))
        plain: dict[str, Any] = {name: getattr(order, name) for name in _PLAIN}
        fields: dict[str, Any] = {name: told(name) for name in _FIELDS}
        return OrderOut(
            **plain,
            **fields,
            assignee=listed.assignee,
            appointment=self.appointment(listed.appointment),
            policy=dict(order.fields.get("policy") or {}).get("verdict"),
            symptoms=list(order.fields.get("symptoms") or ()),
            replacement=list(order.fields.get(REPLACEMENT) or ()),
            description=self.text(told("description")),
            serial_number=told("serial_number") if self.personal else None,
            contact=contact if self.personal else None,
        )

    def appointment(self, appointment: Appointment | None) -> AppointmentOut | None:
        """The appointment as the staff write it."""
        if appointment is None:
            return None
        starts_at, ends_at = appointment.starts_at, appointment.ends_at
        day, slot = written(Window(starts_at.astimezone(self.zone), ends_at.astimezone(self.zone)))
        state: Any = appointment.state
        return AppointmentOut(day=day, slot=slot, starts_at=starts_at, ends_at=ends_at, state=state)

    def event(self, event: OrderEvent) -> EventOut:
        """The event as the caller may see it."""
        hidden = event.actor == "customer" and not self.personal
        return EventOut(
            at=event.at, actor=event.actor, actor_id=None if hidden else event.actor_id, via=event.via,
            move=event.move, from_status=event.from_status, status=event.status, version=event.version,
            note=self.text(event.note) or "",
        )  # fmt: skip

    def text(self, text: str | None) -> str | None:
        """Words as the caller may see them."""
        return text if self.personal or not text else self.redact(text)


_FIELDS = ("product", "brand", "model", "purchase_date", "warranty", "error_code", "wished")
_PLAIN = (
    "number", "kind", "status", "priority", "version", "round", "escalation", "customer_id",
    "customer_level", "region", "promised_at", "created_at", "updated_at", "closed_at",
)  # fmt: skip
