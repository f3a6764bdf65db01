"""Customers and what belongs to their conversations, in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from storage.customers import Customer
from storage.devices import Owned
from storage.drafts import Draft
from storage.handovers import Handover, OwnerEvent
from storage.identities import Join
from storage.link_codes import LinkCode


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
class MemoryLinkCodes:
    """Codes for other chats in memory; nobody else is there to use one."""

    rows: dict[str, LinkCode] = field(default_factory=dict)
    noted: list[tuple[str, datetime]] = field(default_factory=list)

    def give(self, code: LinkCode, now: datetime) -> bool:
        """Keep it."""
        self.rows = {code.handle: code}
        return True

    def find(self, handle: str) -> LinkCode | None:
        """The code of that handle, or None."""
        return self.rows.get(handle)

    def claimed(self, conversation_id: int) -> LinkCode | None:
        """Nobody claimed any."""
        return None

    def missed(self, code: LinkCode) -> None:
        """It was given wrongly once more."""
        self.rows[code.handle] = replace(code, tries=code.tries + 1)

    def note(self, conversation_id: int, what: str, now: datetime, forget_before: datetime) -> None:
        """Remember what happened."""
        self.noted.append((what, now))

    def attempts(self, conversation_id: int, what: str, since: datetime) -> int:
        """How often that happened since."""
        return sum(name == what and at > since for name, at in self.noted)


@dataclass(slots=True)
class MemoryIdentities:
    """Every conversation is a customer of its own, whose number a channel may vouch for."""

    vouched: dict[int, str] = field(default_factory=dict)

    def vouch(self, customer_id: int, phone: str, now: datetime) -> None:
        """A channel vouches for the customer's number."""
        self.vouched[customer_id] = phone

    def verified(self, phone: str, since: datetime) -> list[int]:
        """Customers whose number it is."""
        return [one for one, known in self.vouched.items() if known == phone]

    def own(self, conversation_id: int) -> int:
        """The customer that the conversation began with."""
        return conversation_id

    def root(self, customer_id: int) -> int:
        """The customer that this one is now."""
        return customer_id

    def standing(self, customer_id: int) -> list[Join]:
        """No joins."""
        return []


@dataclass(slots=True)
class MemoryHandovers:
    """Conversations given to people; nobody is at their desk."""

    kept: list[Handover] = field(default_factory=list)
    noted: list[OwnerEvent] = field(default_factory=list)

    def open(self, conversation_id: int, reason: str, priority: int, now: datetime) -> Handover:
        """A person is to have the conversation."""
        found = Handover(
            len(self.kept) + 1, conversation_id, now, reason, priority,
            None, None, None, None, None, None, 0, None, None,
        )  # fmt: skip
        self.kept.append(found)
        return found

    def current(self, conversation_id: int) -> Handover | None:
        """The one that has not ended, or None."""
        ours = (one for one in self.kept if one.conversation_id == conversation_id)
        return next((one for one in ours if one.ended_at is None), None)

    def save(self, handover: Handover) -> None:
        """It was changed in place."""

    def note(self, event: OwnerEvent) -> None:
        """Note a change of owner."""
        self.noted.append(event)

    def waiting(self, limit: int = 500) -> list[Handover]:
        """The queue."""
        return [one for one in self.kept if one.queued_at and one.ended_at is None][:limit]

    def online(self) -> set[int]:
        """Nobody."""
        return set()
