"""Customers' devices: known again in later orders, and what their repairs entitle to (C1, E6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from handlers.serial_numbers import SerialSettings
from handlers.values import given
from handlers.warranty.cover import Device, cover
from handlers.warranty.repairs import Repair, replacement, same_device
from handlers.warranty.settings import WarrantySettings
from storage.devices import DETAILS, LIMITS, Owned
from storage.tasks import Task

if TYPE_CHECKING:
    from storage import Tx
    from storage.orders import Order

Fields = Mapping[str, Any]
DEVICE = ("brand", "model", "serial_number", "purchase_date")
"""What is told of a device besides what it is."""
KINDS = ("fault", "installation", "return")
"""Kinds of order that are about a device of the customer's."""
REPLACEMENT = "replacement"
"""The supervisors' task where the same fault was repaired often enough; also the field of the order."""


def own(tx: Tx, customer_id: int, kind: str, fields: Fields, now: datetime) -> int | None:
    """The customer's device that an order is about, known from now on; None where that cannot be told."""
    told = _told(fields)
    if kind not in KINDS or "product" not in told:
        return None
    same = [one for one in tx.devices.of_customer(customer_id) if one.product == told["product"]]
    exact = [one for one in same if same_device(_described(one), device_of(fields))]
    vague = not (told.get("model") or told.get("serial_number"))
    found = exact or (same if vague else [one for one in same if _may_be(one, told)])
    if vague and len(found) > 1:
        return None
    if found:
        known = found[0]
        more = {name: told[name] for name in DETAILS if name in told and not getattr(known, name)}
        tx.devices.change(replace(known, **more, updated_at=now))  # type: ignore[arg-type]
        return known.id
    product = told.pop("product")
    return tx.devices.add(Owned(customer_id, product, now, now, **told))  # type: ignore[arg-type]


def device_of(fields: Fields) -> Device:
    """What a report or an order tells of its device."""
    known = {name: str(fields[name]) for name in ("product", *DEVICE) if given(fields.get(name))}
    return Device(
        known.get("product"),
        known.get("brand"),
        known.get("model"),
        serial=known.get("serial_number"),
        bought=known.get("purchase_date"),
    )


def repaired_often(
    tx: Tx,
    customer_id: int,
    fields: Fields,
    today: date,
    warranty: WarrantySettings,
    serials: SerialSettings,
) -> tuple[str, ...]:
    """The numbers of the repairs after which a replacement is offered for this fault; empty where none is."""
    faults = faults_of(fields)
    if not faults:
        return ()
    device = device_of(fields)
    covered = cover(device, today, warranty, serials)
    found = replacement(device, faults, _repairs(tx.orders.repaired(customer_id)), covered, warranty)
    return found.orders if found.offered else ()


def offer_replacement(tx: Tx, order: Order, now: datetime) -> None:
    """Have a supervisor decide on the replacement that a new order's repairs entitle to."""
    if repairs := order.fields.get(REPLACEMENT):
        note = f"the same fault was repaired in {', '.join(repairs)}: offer a replacement"
        tx.tasks.add(Task(REPLACEMENT, note, now, order.id, order.conversation_id, order.customer_id))


def faults_of(fields: Fields) -> frozenset[str]:
    """The codes of the symptoms and of the error that an order tells."""
    code = fields.get("error_code")
    return frozenset((*(fields.get("symptoms") or ()), *((str(code),) if given(code) else ())))


def _repairs(orders: Iterable[Order]) -> list[Repair]:
    return [
        Repair(
            order.number,
            device_of(order.fields),
            faults_of(order.fields),
            order.fields.get("warranty") == "in_warranty",
        )
        for order in orders
    ]


def _told(fields: Fields) -> dict[str, str]:
    return {
        name: str(fields[name])[: LIMITS[name]] for name in ("product", *DETAILS) if given(fields.get(name))
    }


def _described(one: Owned) -> Device:
    return Device(one.product, one.brand, one.model, serial=one.serial_number)


def _may_be(one: Owned, told: Mapping[str, str]) -> bool:
    """Whether the device is the one told of, as nothing that is known of both differs."""
    pairs = [(getattr(one, name), told.get(name)) for name in ("brand", "model", "serial_number")]
    return all(a.upper() == b.upper() for a, b in pairs if a and b)
