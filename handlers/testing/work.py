"""What is to be done, by when and by whom, in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from storage.dispatches import Dispatch
from storage.notices import Arrived
from storage.promises import PromiseRow
from storage.staff import Member
from storage.tasks import Task
from storage.timers import Timer


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

    def set_all(self, many: Iterable[Timer], now: datetime) -> None:
        """Set each whose key is not set already."""
        for timer in many:
            self.set(timer, now)


@dataclass(slots=True)
class MemoryNotices:
    """What has reached the customer."""

    rows: list[Arrived] = field(default_factory=list)

    def arrived(self, customer_id: int, since: datetime) -> list[Arrived]:
        """All of it: there is one customer."""
        return self.rows


@dataclass(slots=True)
class MemoryTasks:
    """Tasks in memory."""

    rows: list[Task] = field(default_factory=list)

    def add(self, task: Task) -> int:
        """Keep it."""
        self.rows.append(task)
        return len(self.rows)

    def open(self, limit: int = 50, kind: str | None = None) -> list[Task]:
        """What is still to be done."""
        return [task for task in self.rows if task.done_at is None and kind in (None, task.kind)][:limit]

    def of_order(self, order_id: int) -> list[Task]:
        """The order's tasks."""
        return [task for task in self.rows if task.order_id == order_id]


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
