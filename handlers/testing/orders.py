"""Orders and what customers were asked about them, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from storage.appointments import Appointment
from storage.complaints import Complaint
from storage.orders import Order, OrderEvent
from storage.quotations import ASKED, REPLACED, QuotationRow
from storage.return_visits import ReturnVisit
from storage.surveys import Survey


@dataclass(slots=True)
class MemoryOrders:
    """Service orders in memory."""

    rows: list[Order] = field(default_factory=list)
    history: dict[int, list[OrderEvent]] = field(default_factory=dict)

    def open(
        self,
        *,
        request_key: str,
        local_day: str,
        now: datetime,
        actor: str = "bot",
        actor_id: str | None = None,
        note: str = "",
        move: str = "open",
        **values: Any,
    ) -> Order:
        """Open an order; the same `request_key` gives the same order again."""
        for known in self.rows:
            if known.request_key == request_key:
                return known
        values = {"status": "created", "priority": "normal", "promised_at": None, **values}
        count = sum(local_day in row.number for row in self.rows) + 1
        order = Order(
            id=len(self.rows) + 1,
            number=f"SR-{local_day}{count:04d}",
            request_key=request_key,
            created_at=now,
            updated_at=now,
            **values,
        )
        self.rows.append(order)
        self.record(order.id, OrderEvent(now, actor, order.status, note, None, move))
        return order

    def find(self, number: str) -> Order | None:
        """The order of that number, or None."""
        return next((row for row in self.rows if row.number == number), None)

    def of_customer(self, customer_id: int, limit: int = 5) -> list[Order]:
        """The customer's orders, newest first."""
        return [row for row in reversed(self.rows) if row.customer_id == customer_id][:limit]

    def repaired(self, customer_id: int) -> list[Order]:
        """The customer's fault orders that were carried out."""
        return [
            row
            for row in self.rows
            if (row.customer_id, row.kind) == (customer_id, "fault")
            and any(event.move == "resolve" for event in self.history[row.id])
        ]

    def get(self, order_id: int, lock: bool = False) -> Order:
        """The order by id."""
        return self.rows[order_id - 1]

    def change(self, order: Order, now: datetime, **changes: Any) -> Order:
        """Write changed columns and count the change."""
        after = replace(order, **changes, version=order.version + 1, updated_at=now)
        self.rows[order.id - 1] = after
        return after

    def add_note(
        self, order: Order, actor: str, note: str, now: datetime, actor_id: str | None = None
    ) -> None:
        """Record something that changes nothing of the order itself."""
        event = OrderEvent(now, actor, order.status, note, actor_id, None, order.status, order.version)
        self.record(order.id, event)

    def record(self, order_id: int, event: OrderEvent) -> None:
        """Add to the order's history."""
        self.history.setdefault(order_id, []).append(event)

    def events(self, order_id: int) -> list[OrderEvent]:
        """What happened to the order, oldest first."""
        return list(self.history.get(order_id, []))


@dataclass(slots=True)
class MemoryAppointments:
    """Appointments in memory."""

    rows: list[Appointment] = field(default_factory=list)

    def booked(self, owner: str, first: datetime) -> dict[datetime, int]:
        """Standing appointments in slots of that owner, counted by their start."""
        return dict(
            Counter(
                row.starts_at
                for row in self.rows
                if row.state == "standing" and row.slot.startswith(f"{owner}|") and row.starts_at >= first
            )
        )

    def standing(self, order_id: int) -> Appointment | None:
        """The order's appointment that holds, or None."""
        return next((r for r in reversed(self.rows) if (r.order_id, r.state) == (order_id, "standing")), None)

    def book(
        self, order_id: int, starts_at: datetime, ends_at: datetime, slots: Iterable[str], now: datetime
    ) -> Appointment | None:
        """An appointment in the first slot that nobody has, or None."""
        taken = {row.slot for row in self.rows if row.state == "standing"}
        slot = next((slot for slot in slots if slot not in taken), None)
        if slot is None:
            return None
        self.rows.append(Appointment(len(self.rows) + 1, order_id, starts_at, ends_at, slot, "standing"))
        return self.rows[-1]

    def end(self, appointment: Appointment, state: str) -> None:
        """It holds no longer."""
        self.rows[appointment.id - 1] = replace(appointment, state=state)


@dataclass(slots=True)
class MemoryQuotations:
    """Quotations in memory."""

    rows: list[QuotationRow] = field(default_factory=list)

    def ask(
        self, order_id: int, plan: dict[str, Any], lines: list[Any], total: int, currency: str, now: datetime
    ) -> int:
        """Keep a new version in the place of an open one."""
        for at, row in enumerate(self.rows):
            if (row.order_id, row.state) == (order_id, ASKED):
                self.rows[at] = replace(row, state=REPLACED)
        version = 1 + sum(row.order_id == order_id for row in self.rows)
        number = len(self.rows) + 1
        self.rows.append(
            QuotationRow(number, order_id, version, plan, lines, total, currency, ASKED, now, None, None)
        )
        return version

    def latest(self, order_id: int) -> QuotationRow | None:
        """The newest version, or None."""
        return next((row for row in reversed(self.rows) if row.order_id == order_id), None)

    def decide(self, quotation: QuotationRow, decision: str, who: str, now: datetime) -> bool:
        """Record what the customer decided."""
        at = self.rows.index(quotation)
        self.rows[at] = replace(quotation, state=decision, decided_at=now, decided_by=who)
        return True


@dataclass(slots=True)
class MemoryComplaints:
    """Complaints in memory."""

    rows: dict[int, Complaint] = field(default_factory=dict)

    def register(self, complaint: Complaint) -> bool:
        """Keep it; False where its order has one already."""
        return self.rows.setdefault(complaint.order_id, complaint) is complaint

    def of_order(self, order_id: int) -> Complaint | None:
        """The complaint of that order, or None."""
        return self.rows.get(order_id)

    def change(self, order_id: int, **changes: Any) -> None:
        """Write what became of it."""
        self.rows[order_id] = replace(self.rows[order_id], **changes)


@dataclass(slots=True)
class MemorySurveys:
    """Surveys in memory."""

    rows: list[Survey] = field(default_factory=list)

    def ask(self, survey: Survey) -> bool:
        """Keep that it was asked; False where that round was surveyed before."""
        if any((row.order_id, row.round) == (survey.order_id, survey.round) for row in self.rows):
            return False
        self.rows.append(replace(survey, id=len(self.rows) + 1))
        return True

    def latest(self, order_id: int) -> Survey | None:
        """The survey of the order's newest surveyed round, or None."""
        return next((row for row in reversed(self.rows) if row.order_id == order_id), None)

    def change(self, survey: Survey, **changes: Any) -> Survey:
        """Write what was answered."""
        self.rows[survey.id - 1] = replace(survey, **changes)
        return self.rows[survey.id - 1]


@dataclass(slots=True)
class MemoryReturnVisits:
    """Return visits in memory, by their keys."""

    rows: dict[str, ReturnVisit] = field(default_factory=dict)

    def keep(self, visit: ReturnVisit) -> bool:
        """Keep that it was made."""
        return self.rows.setdefault(visit.key, visit) is visit

    def find(self, key: str) -> ReturnVisit | None:
        """The visit of that key, or None."""
        return self.rows.get(key)

    def answer(self, key: str, outcome: str, now: datetime) -> None:
        """Keep what was found; the first answer counts."""
        if self.rows[key].outcome is None:
            self.rows[key] = replace(self.rows[key], outcome=outcome, answered_at=now)
