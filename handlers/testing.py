"""A desk without a database, for tests and for trying flows out: the repositories in memory.

`MemoryTx` has the same repositories as `storage.Tx`, as far as handlers use them, so that the real
`Desk` runs on it. Nothing is rolled back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from handlers.desk import Desk, Terms
from storage.appointments import Appointment
from storage.complaints import Complaint
from storage.conversations import Conversation
from storage.customers import Customer
from storage.devices import Owned
from storage.dispatches import Dispatch
from storage.drafts import Draft
from storage.orders import Order, OrderEvent
from storage.promises import PromiseRow
from storage.quotations import ASKED, REPLACED, QuotationRow
from storage.staff import Member
from storage.surveys import Survey
from storage.tasks import Task
from storage.timers import Timer


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
class MemoryClock:
    """Promises and timers in memory; nothing looks at them when they are due."""

    promises: list[PromiseRow] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)

    def give(self, row: PromiseRow) -> int | None:
        """Keep a promise and return its id; None where the order has it in that round already."""
        if any((r.order_id, r.what, r.round) == (row.order_id, row.what, row.round) for r in self.promises):
            return None
        self.promises.append(row)
        return len(self.promises)

    def set(self, timer: Timer, now: datetime) -> bool:
        """Set a timer once."""
        if any(known.key == timer.key for known in self.timers):
            return False
        self.timers.append(timer)
        return True


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
class MemoryStaff:
    """The staff in memory: nobody, unless some are put in."""

    rows: list[Member] = field(default_factory=list)

    def all(self) -> list[Member]:
        """Everybody."""
        return list(self.rows)

    def find(self, code: str) -> Member | None:
        """Who has that code, or None."""
        return next((one for one in self.rows if one.code == code), None)

    def get(self, member_id: int) -> Member | None:
        """The member by id, or None."""
        return next((one for one in self.rows if one.id == member_id), None)

    def lock(self) -> None:
        """Nobody else is here."""

    def loads(self) -> dict[int, int]:
        """Nobody is asked twice."""
        return {}

    def given(self, member: Member, now: datetime) -> None:
        """They were given an order now."""
        self.rows[self.rows.index(member)] = replace(member, given_at=now)


@dataclass(slots=True)
class MemoryDispatches:
    """Who was given what, in memory."""

    rows: list[Dispatch] = field(default_factory=list)

    def add(self, dispatch: Dispatch) -> None:
        """Keep a decision."""
        self.rows.append(dispatch)

    def of_order(self, order_id: int) -> list[Dispatch]:
        """The order's decisions."""
        return [row for row in self.rows if row.order_id == order_id]


@dataclass(slots=True)
class MemoryTasks:
    """Tasks in memory."""

    rows: list[Task] = field(default_factory=list)

    def add(self, task: Task) -> int:
        """Keep it."""
        self.rows.append(task)
        return len(self.rows)

    def of_order(self, order_id: int) -> list[Task]:
        """The order's tasks."""
        return [task for task in self.rows if task.order_id == order_id]


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
class MemoryReports:
    """Conversations given to people."""

    handovers: list[int] = field(default_factory=list)

    def handed_over(self, conversation_id: int, now: datetime) -> None:
        """Note it."""
        self.handovers.append(conversation_id)


@dataclass(slots=True)
class MemoryTx:
    """The repositories that handlers use."""

    customers: MemoryCustomers = field(default_factory=MemoryCustomers)
    orders: MemoryOrders = field(default_factory=MemoryOrders)
    appointments: MemoryAppointments = field(default_factory=MemoryAppointments)
    drafts: MemoryDrafts = field(default_factory=MemoryDrafts)
    attachments: MemoryAttachments = field(default_factory=MemoryAttachments)
    knowledge: MemoryKnowledge = field(default_factory=MemoryKnowledge)
    quotations: MemoryQuotations = field(default_factory=MemoryQuotations)
    complaints: MemoryComplaints = field(default_factory=MemoryComplaints)
    surveys: MemorySurveys = field(default_factory=MemorySurveys)
    clock: MemoryClock = field(default_factory=MemoryClock)
    devices: MemoryDevices = field(default_factory=MemoryDevices)
    staff: MemoryStaff = field(default_factory=MemoryStaff)
    dispatches: MemoryDispatches = field(default_factory=MemoryDispatches)
    tasks: MemoryTasks = field(default_factory=MemoryTasks)
    reports: MemoryReports = field(default_factory=MemoryReports)

    @property
    def promises(self) -> MemoryClock:
        """Promises of orders."""
        return self.clock

    @property
    def timers(self) -> MemoryClock:
        """What is to be done at a moment."""
        return self.clock

    def conversation(self, now: datetime, conversation_id: int = 1, channel: str = "test") -> Conversation:
        """A new conversation with a new customer."""
        return Conversation(
            id=conversation_id,
            channel=channel,
            account="test",
            peer=str(conversation_id),
            customer_id=self.customers.add(now),
            owner="bot",
            language=None,
            state={},
            choices=None,
            last_seq=0,
            waiting_since=None,
            unreachable_since=None,
            parked_since=None,
            created_at=now,
            updated_at=now,
        )


def memory_desk(
    tx: MemoryTx,
    conversation: Conversation,
    knowledge: Any,
    now: datetime,
    key: str = "test",
    terms: Terms | None = None,
) -> Desk:
    """The real desk on the repositories in memory."""
    return Desk(tx, conversation, knowledge, terms or Terms(), now, key)  # type: ignore[arg-type]
