"""A quotation 报价: lines whose sum is the total, what is free and why, a fingerprint (E6, E7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

from handlers.fees.amounts import Currency
from handlers.phrases import Phrase

LineKind = Literal["part", "labour", "visit", "discount", "tax", "rounding"]
FINGERPRINT = 12
"""Hexadecimal digits of a fingerprint: short enough for a button."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it would cost (`quantity` × `unit`) and what it does; amounts in hundredths."""

    kind: LineKind
    code: str
    quantity: int
    unit: int
    amount: int
    why: Phrase | None = None
    """Why it is free or charged; none for discount, tax and rounding."""
    name: str = ""
    """What the technician calls it, where the code has no words."""

    @property
    def free(self) -> bool:
        """Whether warranty bears it."""
        return self.amount == 0 and self.quantity * self.unit > 0


@dataclass(frozen=True)
class Quotation:
    """Plan and price as the customer is asked to approve them."""

    order: str
    cause: str
    measures: str
    lines: tuple[Line, ...]
    currency: Currency
    tax: int
    """The tax contained in the total."""
    valid_until: datetime
    minutes: int = 0
    """How long the work takes."""
    provisional: bool = False
    """Whether the warranty is still to be checked, so that lines may become free."""

    @property
    def total(self) -> int:
        """What the customer pays: the sum of the lines."""
        return sum(line.amount for line in self.lines)

    @cached_property
    def fingerprint(self) -> str:
        """Changes with anything the customer is asked to approve."""
        written = json.dumps(self.as_json(), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return sha256(written.encode()).hexdigest()[:FINGERPRINT]

    def as_json(self) -> dict[str, Any]:
        """The quotation as JSON can keep it."""
        lines = [{**asdict(line), "why": line.why.as_json() if line.why else None} for line in self.lines]
        kept = {name: getattr(self, name) for name in _PLAIN}
        return {**kept, "lines": lines, "valid_until": self.valid_until.isoformat()}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Quotation:
        """A quotation that was kept as JSON."""
        lines = tuple(
            Line(**{**line, "why": Phrase.of(line["why"]) if line["why"] else None}) for line in kept["lines"]
        )
        plain = {name: kept[name] for name in _PLAIN}
        return cls(**plain, lines=lines, valid_until=datetime.fromisoformat(kept["valid_until"]))


_PLAIN = ("order", "cause", "measures", "currency", "tax", "minutes", "provisional")

Approval = Literal["approved", "changed", "expired", "withdrawn"]


def approve(seen: str, current: Quotation | None, now: datetime) -> Approval:
    """What a customer's yes to the quotation with the fingerprint `seen` is worth now."""
    if current is None:
        return "withdrawn"
    if seen != current.fingerprint:
        return "changed"
    return "expired" if now > current.valid_until else "approved"
