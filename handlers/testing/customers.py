"""Customers and what belongs to their conversations, in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from storage.customers import Customer
from storage.devices import Owned
from storage.drafts import Draft


@dataclass(slots=True)
class MemoryCustomers:
    """Customers in memory."""

    rows: dict[int, Customer] = field(default_factory=dict)

    def get(self, customer_id: int) -> Customer:
        """The customer."""
        return self.rows[customer_id]

    def add(self, now: datetime, language: str | None = None) -> int:
        """A new customer's id."""
        customer_id = len(self.rows) + 1
        self.rows[customer_id] = Customer(customer_id, None, None, None, language, now, now)
        return customer_id

    def opt_out(self, customer_id: int, since: datetime | None) -> None:
        """Since when they want nothing unasked; None: they do."""
        self.rows[customer_id] = replace(self.rows[customer_id], opted_out_at=since)

    def remember(self, customer_id: int, now: datetime, **told: str | None) -> None:
        """Keep what the customer told us; None leaves a detail as it is."""
        known = {key: value for key, value in told.items() if value is not None}
        self.rows[customer_id] = replace(self.rows[customer_id], updated_at=now, **known)  # type: ignore[arg-type]


@dataclass(slots=True)
class MemoryDevices:
    """Devices in memory."""

    rows: list[Owned] = field(default_factory=list)

    def of_customer(self, customer_id: int, limit: int = 20) -> list[Owned]:
        """The customer's devices, the one told of last first."""
        found = [row for row in self.rows if row.customer_id == customer_id]
        return sorted(found, key=lambda row: (row.updated_at, row.id), reverse=True)[:limit]

    def add(self, device: Owned) -> int:
        """Keep a device."""
        self.rows.append(replace(device, id=len(self.rows) + 1))
        return len(self.rows)

    def change(self, device: Owned) -> None:
        """Write what became known of it."""
        self.rows[device.id - 1] = device


@dataclass(slots=True)
class MemoryDrafts:
    """Drafts in memory."""

    rows: dict[int, Draft] = field(default_factory=dict)

    def keep(self, conversation_id: int, form: str, now: datetime, due_at: datetime) -> None:
        """Note that the form is unfinished."""
        self.rows[conversation_id] = Draft(conversation_id, form, "open", now, due_at)

    def clear(self, conversation_id: int) -> None:
        """The form was finished or given up."""
        self.rows.pop(conversation_id, None)


@dataclass(slots=True)
class MemoryAttachments:
    """Which files belong to which order."""

    orders: dict[int, int] = field(default_factory=dict)

    def link(self, attachment_ids: Iterable[int], order_id: int, conversation_id: int) -> None:
        """Make files part of an order."""
        self.orders.update(dict.fromkeys(attachment_ids, order_id))


@dataclass(slots=True)
class MemoryKnowledge:
    """Ratings and gaps in memory."""

    ratings: list[tuple[str, bool]] = field(default_factory=list)
    rated: list[tuple[str, str, str]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    def rate(
        self, article: str, version: str, language: str, helpful: bool, conversation_id: int, now: datetime
    ) -> None:
        """Record whether an answer helped."""
        self.ratings.append((article, helpful))
        self.rated.append((article, version, language))

    def gap(self, text: str, language: str, product: str | None, conversation_id: int, now: datetime) -> None:
        """Record a question without an answer."""
        self.gaps.append(text)


@dataclass(slots=True)
class MemoryReports:
    """Conversations given to people."""

    handovers: list[int] = field(default_factory=list)

    def handed_over(self, conversation_id: int, now: datetime) -> None:
        """Note it."""
        self.handovers.append(conversation_id)
