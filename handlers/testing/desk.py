"""The repositories in memory as one transaction, and the real desk on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handlers.desk import Desk, Terms
from handlers.testing.customers import (
    MemoryAttachments,
    MemoryCustomers,
    MemoryDevices,
    MemoryDrafts,
    MemoryHandovers,
    MemoryIdentities,
    MemoryKnowledge,
    MemoryLinkCodes,
)
from handlers.testing.orders import (
    MemoryAppointments,
    MemoryComplaints,
    MemoryOrders,
    MemoryQuotations,
    MemoryReturnVisits,
    MemorySurveys,
)
from handlers.testing.work import (
    MemoryClock,
    MemoryDispatches,
    MemoryNotices,
    MemoryStaff,
    MemoryTasks,
)
from storage.conversations import Conversation


@dataclass(slots=True)
class MemoryTx:
    """The repositories that handlers use."""

    customers: MemoryCustomers = field(default_factory=MemoryCustomers)
    orders: MemoryOrders = field(default_factory=MemoryOrders)
    appointments: MemoryAppointments = field(default_factory=MemoryAppointments)
    drafts: MemoryDrafts = field(default_factory=MemoryDrafts)
    identities: MemoryIdentities = field(default_factory=MemoryIdentities)
    link_codes: MemoryLinkCodes = field(default_factory=MemoryLinkCodes)
    attachments: MemoryAttachments = field(default_factory=MemoryAttachments)
    knowledge: MemoryKnowledge = field(default_factory=MemoryKnowledge)
    quotations: MemoryQuotations = field(default_factory=MemoryQuotations)
    complaints: MemoryComplaints = field(default_factory=MemoryComplaints)
    surveys: MemorySurveys = field(default_factory=MemorySurveys)
    return_visits: MemoryReturnVisits = field(default_factory=MemoryReturnVisits)
    clock: MemoryClock = field(default_factory=MemoryClock)
    devices: MemoryDevices = field(default_factory=MemoryDevices)
    staff: MemoryStaff = field(default_factory=MemoryStaff)
    dispatches: MemoryDispatches = field(default_factory=MemoryDispatches)
    tasks: MemoryTasks = field(default_factory=MemoryTasks)
    notices: MemoryNotices = field(default_factory=MemoryNotices)
    handovers: MemoryHandovers = field(default_factory=MemoryHandovers)

    @property
    def promises(self) -> MemoryClock:
        """Promises of orders."""
        return self.clock

    @property
    def presence(self) -> MemoryHandovers:
        """Who is at their desk."""
        return self.handovers

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
            agent_id=None,
            revision=0,
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
