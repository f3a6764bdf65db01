"""A desk for the clock's tests: orders opened with their promises, sweeps at moments, what was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.voice import DeskVoice
from handlers.desk import Desk, Terms
from handlers.dispatch.giving import TASK
from handlers.life import Actor, move, move_and_tell
from scheduler import jobs
from scheduler.rules import Rules
from storage import Store, Tx
from storage.orders import Order
from storage.promises import PromiseRow
from storage.schema import messages
from tests.conftest import NOON
from tests.spoken import dialogue

AGENT = Actor("agent", "A1")


@dataclass(slots=True)
class Desktop:
    """Opens orders, moves them, lets the clock work."""

    store: Store
    rules: Rules = field(default_factory=Rules)
    voice: DeskVoice = field(default_factory=lambda: DeskVoice(dialogue()))
    peers: int = 0

    def open(self, kind: str = "fault", at: datetime = NOON, channel: str = "web", **values: Any) -> Order:
        """An order of a new customer."""
        self.peers += 1
        peer = f"p{self.peers}"

        def work(tx: Tx) -> Order:
            conversation = tx.conversations.enter(channel, channel, peer, at)
            desk = Desk(tx, conversation, None, Terms(), at, f"m{peer}")  # type: ignore[arg-type]
            return desk.open_order(kind, {"product": "refrigerator", "phone": "+8613800138000"}, **values)

        return self.store.run(work)

    def move(
        self, order: Order, name: str, at: datetime, reason: str = "because", actor: Actor = AGENT
    ) -> None:
        """Somebody of the staff moves it."""
        self.store.run(lambda tx: move(tx, order, name, actor, reason, at))

    def work(self, order: Order, name: str, at: datetime, reason: str = "because", **values: Any) -> None:
        """Somebody of the staff moves it, and the customer is to be told."""
        self.store.run(lambda tx: move_and_tell(tx, order, name, AGENT, reason, at, values=values))

    def sweep(self, at: datetime) -> int:
        """Everything that is due then; how many rows were worked on."""
        total = 0
        for job in jobs(self.rules):
            while worked := self.store.run(lambda tx, job=job: job.sweep(tx, at, self.voice)):  # type: ignore[misc]
                total += worked
        return total

    def every(self, minutes: float, begin: datetime, hours: float) -> None:
        """Sweep again and again."""
        for number in range(int(hours * 60 / minutes) + 1):
            self.sweep(begin + timedelta(minutes=minutes * number))

    def order(self, order: Order) -> Order:
        """The order as it is now."""
        return self.store.run(lambda tx: tx.orders.get(order.id))

    def promises(self, order: Order) -> dict[str, PromiseRow]:
        """The order's promises of its newest round by name."""
        rows = self.store.run(lambda tx: tx.promises.of_order(order.id))
        newest = max((row.round for row in rows), default=1)
        return {row.what: row for row in rows if row.round == newest}

    def states(self, order: Order) -> dict[str, str]:
        """What became of each of them."""
        return {what: row.state for what, row in self.promises(order).items()}

    def said(self, order: Order) -> list[tuple[datetime, str]]:
        """What the order's customer was told, and when."""
        statement = (
            select(messages.c.created_at, messages.c.body)
            .where(messages.c.conversation_id == order.conversation_id, messages.c.author != "customer")
            .order_by(messages.c.seq)
        )
        return [(row[0], row[1]["text"]) for row in self.store.run(lambda tx: list(tx.execute(statement)))]

    def notices(self, order: Order) -> list[tuple[str, str]]:
        """Every decision about it: what kind, what became of it."""
        return [(n.kind, n.decision) for n in self.store.run(lambda tx: tx.notices.of_order(order.id))]

    def tasks(self, order: Order) -> list[str]:
        """What people got to do, but for finding somebody: here is no staff."""
        found = self.store.run(lambda tx: tx.tasks.of_order(order.id))
        return [task.kind for task in found if task.kind != TASK]
