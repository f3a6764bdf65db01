"""Customers' devices, as they told of them in orders."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from storage.schema import devices
from storage.statements import Prepared, values_of

if TYPE_CHECKING:
    from storage.transaction import Tx


@dataclass(frozen=True, slots=True)
class Owned:
    """A device of a customer; what was not told is None."""

    customer_id: int
    product: str
    created_at: datetime
    updated_at: datetime
    brand: str | None = None
    model: str | None = None
    serial_number: str | None = None
    purchase_date: str | None = None
    place: str | None = None
    id: int = 0


DETAILS = ("brand", "model", "serial_number", "purchase_date", "place")
LIMITS = {"product": 64, "brand": 64, "model": 100, "serial_number": 64, "purchase_date": 32, "place": 500}
"""How long each may be."""
_PARTS = [part.name for part in fields(Owned)]
_COLUMNS = [devices.c[name] for name in _PARTS]
_OF_CUSTOMER = Prepared(
    select(*_COLUMNS)
    .where(devices.c.customer_id == bindparam("customer"))
    .order_by(devices.c.updated_at.desc(), devices.c.id.desc())
    .limit(bindparam("most"))
)
_ADD = Prepared(insert(devices).returning(devices.c.id), [name for name in _PARTS if name != "id"])
_CHANGE = Prepared(
    update(devices)
    .where(devices.c.id == bindparam("device"))
    .values({name: bindparam(name) for name in (*DETAILS, "updated_at")})
)


class Devices:
    """The devices' repository."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def of_customer(self, customer_id: int, limit: int = 20) -> list[Owned]:
        """The customer's devices, the one told of last first."""
        return [Owned(*row) for row in self._tx.rows(_OF_CUSTOMER, {"customer": customer_id, "most": limit})]

    def add(self, device: Owned) -> int:
        """Keep a device; returns its id."""
        return int(self._tx.value(_ADD, values_of(device)))

    def change(self, device: Owned) -> None:
        """Write what became known of it."""
        values: dict[str, Any] = {name: getattr(device, name) for name in (*DETAILS, "updated_at")}
        self._tx.change(_CHANGE, {"device": device.id, **values})
