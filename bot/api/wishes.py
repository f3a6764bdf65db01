"""What other programs wish orders for: the values of `POST /orders`, checked as in the chat."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from bot.api.checking import checked_contact, checked_description, checked_device, faults_told
from bot.api.paging import LARGEST_ID
from bot.api.problems import wrong
from bot.api.returning import ReturnIn, told
from bot.api.service import Service
from bot.api.tokens import Caller
from bot.api.values import (
    LINES,
    Address,
    Body,
    Kind,
    Language,
    Name,
    Phone,
    Priority,
    Product,
    Symptom,
    line,
)
from bot.api.visiting import VisitIn, visited, window_of
from handlers.appointments import Window
from handlers.checks import TEXT_LIMIT

WITH_DEVICE = ("fault", "installation", "return")
"""Kinds that need a product."""


class ContactIn(Body):
    """How the customer is reached for this order."""

    phone: Annotated[Phone, Field(examples=["13800138000"])]
    name: Annotated[Name | None, Field(examples=["张伟"])] = None
    address: Annotated[Address | None, Field(examples=["上海市浦东新区世纪大道100号"])] = None
    language: Language | None = None


class NewOrder(Body):
    """An order to open: for a known customer, or for whoever the contact names (then by phone)."""

    kind: Kind
    priority: Priority = "normal"
    customer_id: Annotated[int | None, Field(ge=1, le=LARGEST_ID)] = None
    contact: Annotated[ContactIn | None, Field(description="Needed without customer_id.")] = None
    product: Annotated[
        Product | None,
        Field(description="Needed unless it is a consultation or a complaint.", examples=["refrigerator"]),
    ] = None  # fmt: skip
    brand: Annotated[str | None, line(40), Field(examples=["haier"])] = None
    model: Annotated[str | None, line(60), Field(examples=["BCD-216"])] = None
    serial_number: Annotated[str | None, line(64)] = None
    purchase_date: Annotated[str | None, line(10), Field(examples=["2025-06-18"])] = None
    description: Annotated[
        str, StringConstraints(min_length=1, max_length=TEXT_LIMIT, pattern=LINES), Field(examples=["不制冷"])
    ]
    symptoms: Annotated[
        list[Symptom] | None,
        Field(max_length=10, description="Codes of a fault. Left out: found in the description.",
              examples=[["no_cooling"]]),
    ] = None  # fmt: skip
    error_code: Annotated[
        str | None, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,20}$"),
        Field(description="Left out: found in the description.", examples=["E1"]),
    ] = None  # fmt: skip
    visit: Annotated[
        VisitIn | None,
        Field(description="The wished appointment of a fault, an installation or a return; kept where free."),
    ] = None
    return_: Annotated[ReturnIn | None, Field(alias="return", description="Only for the kind return.")] = None
    separate: Annotated[
        bool, Field(description="A new order even where one is open for the same fault of the same device.")
    ] = False


@dataclass(frozen=True, slots=True)
class Wish:
    """A checked wish for an order: the key that names it, and the hash of what was asked.

    `returned` is the wish to give something back as the chat's slots keep it.
    """

    asked: NewOrder
    contact: dict[str, str]
    fields: dict[str, Any]
    window: Window | None
    returned: dict[str, Any]
    key: str
    digest: str


def checked_wish(service: Service, asked: NewOrder, caller: Caller, key: str, now: datetime) -> Wish:
    """The wish with its values in their accepted forms; raises ApiProblem for the first that has none."""
    settings = service.settings
    today = now.astimezone(ZoneInfo(settings.service.zone)).date()
    given = asked.model_dump()
    if asked.contact is None and asked.customer_id is None:
        raise wrong("/contact", "is needed where no customer_id is given")
    if asked.kind in WITH_DEVICE and asked.product is None:
        raise wrong("/product", f"is needed for the kind {asked.kind}")
    if asked.visit is not None and not visited(asked.kind):
        raise wrong("/visit", f"is not for the kind {asked.kind}: nobody visits")
    if asked.return_ is not None and asked.kind != "return":
        raise wrong("/return", f"is not for the kind {asked.kind}")
    window = window_of(asked.visit, settings.service.zone)
    contact = checked_contact(given["contact"] or {}, settings.service.countries, "/contact")
    fields: dict[str, Any] = {**checked_device(given, today, settings.serial_numbers)}
    fields["description"] = checked_description(asked.description)
    found = faults_told(fields["description"], service.context_for(now))
    returned: dict[str, Any] = {}
    if asked.kind == "return":
        returned = told(
            asked.return_ or ReturnIn(), fields["description"], bool(asked.symptoms or found["symptoms"])
        )
    if asked.kind == "fault":
        found |= {name: given[name] for name in found if given[name] is not None}
        fields |= {name: value for name, value in found.items() if value}
    named = hashlib.sha256(key.encode()).hexdigest()[:40]
    digest = hashlib.sha256(asked.model_dump_json().encode()).hexdigest()[:32]
    return Wish(asked, contact, fields, window, returned, f"api:{caller.name}:{named}", digest)
