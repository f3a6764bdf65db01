"""The third repair of the same fault in warranty, and it comes again: a replacement is offered (E6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from handlers.phrases import Phrase
from handlers.warranty.cover import Cover, Device
from handlers.warranty.settings import WarrantySettings


@dataclass(frozen=True, slots=True)
class Repair:
    """A finished repair: its order, the device, the codes of symptoms and errors, and whether in warranty."""

    order: str
    device: Device
    faults: frozenset[str]
    in_warranty: bool


@dataclass(frozen=True, slots=True)
class Replacement:
    """Whether a replacement is offered, why, and the orders of the repairs that count."""

    offered: bool
    reason: Phrase
    orders: tuple[str, ...]


def replacement(
    device: Device,
    faults: frozenset[str],
    repairs: Iterable[Repair],
    cover: Cover,
    settings: WarrantySettings,
) -> Replacement:
    """What finished repairs of a customer's device mean for the fault it has again."""
    counted = tuple(
        dict.fromkeys(
            repair.order
            for repair in repairs
            if repair.in_warranty and repair.faults & faults and same_device(repair.device, device)
        )
    )
    if cover.state == "out_of_warranty":
        return Replacement(False, Phrase("not_in_warranty"), counted)
    limit = settings.repairs_before_replacement
    values = {"count": len(counted), "limit": limit}
    offered = len(counted) >= limit
    return Replacement(offered, Phrase("repaired_often" if offered else "repaired_seldom", values), counted)


def same_device(one: Device, other: Device) -> bool:
    """Whether two descriptions of a customer's devices mean the same one, as far as they can tell.

    Serial numbers decide where both are known; otherwise product and model, and brands that do not differ.
    """
    if one.serial and other.serial:
        return one.serial.upper() == other.serial.upper()
    if one.product is None or one.product != other.product:
        return False
    if one.brand and other.brand and one.brand != other.brand:
        return False
    return bool(one.model and other.model) and str(one.model).upper() == str(other.model).upper()
