"""Planted bugs of the clock and of the orders' moves; with the others they make all the `MUTANTS`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from handlers.life import moving
from handlers.notices import deciding
from handlers.promises import keeping, promise
from scheduler import promises as ladder
from scheduler import surveys, waiting, webhooks
from storage.appointments import Appointments
from storage.notices import Notices
from storage.orders import Orders
from storage.promises import PromiseRows
from storage.timers import Timer, Timers
from tests.simulation.mutants import MUTANTS, mutant

__all__ = ["MUTANTS"]


@mutant
def fires_early() -> Iterator[None]:
    """A timer is taken for due some seconds before it is."""
    real, broken = Timers.due, ladder._broken

    def due(self: Timers, now: datetime, limit: int) -> list[Timer]:
        return real(self, now + timedelta(seconds=8), limit)

    def row_of(tx: Any, timer: Timer) -> Any:
        found = tx.promises.get(timer.payload["promise"])
        return replace(found, due_at=min(found.due_at, found.due_at - timedelta(seconds=8)))

    def unmoved(tx: Any, order: Any, row: Any, *rest: Any) -> None:
        broken(tx, order, replace(row, due_at=row.due_at + timedelta(seconds=8)), *rest)

    with (
        patch.object(Timers, "due", due),
        patch.object(ladder, "_row", row_of),
        patch.object(ladder, "_broken", unmoved),
    ):
        yield


@mutant
def sets_no_timer_anew() -> Iterator[None]:
    """A promise that waited runs on without a timer."""
    real = Timers.set
    seen: set[Any] = set()

    def once(self: Timers, timer: Timer, now: datetime) -> bool:
        name = (timer.job, timer.payload.get("promise"), timer.order_id)
        if timer.job == keeping.DUE and name in seen:
            return False
        seen.add(name)
        return real(self, timer, now)

    def each(self: Timers, many: Iterable[Timer], now: datetime) -> None:
        for timer in many:
            once(self, timer, now)

    with patch.object(Timers, "set", once), patch.object(Timers, "set_all", each):
        yield


@mutant
def runs_on_while_others_are_waited_for() -> Iterator[None]:
    """A promise does not wait for the customer."""
    with patch.object(promise.Promise, "paused", lambda self, at: self):
        yield


@mutant
def waits_too_long() -> Iterator[None]:
    """A promise that waited gets twice the time back."""
    real = promise.Promise.resumed

    def resumed(self: promise.Promise, at: datetime, clock: Any) -> promise.Promise:
        after = real(self, at, clock)
        return after if self.paused_at is None else replace(after, due=after.due + (at - self.paused_at))

    with patch.object(promise.Promise, "resumed", resumed):
        yield


@mutant
def forgets_to_follow_moves() -> Iterator[None]:
    """Every third move leaves no timer, so that promises do not hear of it."""
    real, number = Timers.set, itertools.count(1)

    def set_(self: Timers, timer: Timer, now: datetime) -> bool:
        return (timer.job == "moved" and next(number) % 3 == 0) or real(self, timer, now)

    with patch.object(Timers, "set", set_):
        yield


@mutant
def breaks_without_a_record() -> Iterator[None]:
    """A breach leaves no task for a supervisor."""
    from storage.tasks import Tasks

    real = Tasks.add

    def add(self: Tasks, task: Any) -> int:
        return 0 if task.kind in (ladder.SUPERVISOR, ladder.MANAGER) else real(self, task)

    with patch.object(Tasks, "add", add):
        yield


@mutant
def breaks_a_promise_again_and_again() -> Iterator[None]:
    """What became of a promise is not written down."""
    real = PromiseRows.change

    def change(self: PromiseRows, row: Any) -> None:
        real(self, replace(row, state="live") if row.state == "broken" else row)

    with patch.object(PromiseRows, "change", change):
        yield


@mutant
def reminds_of_what_was_answered() -> Iterator[None]:
    """Whether the customer has answered meanwhile is not looked at."""
    with patch.object(waiting, "_waits", lambda *_: True):
        yield


@mutant
def closes_in_a_hurry() -> Iterator[None]:
    """A result counts as confirmed when the customer was hardly asked."""
    real = waiting.begin

    def begin(tx: Any, order: Any, move: str, version: int, at: Any, rules: Any, now: Any) -> None:
        hurried = rules.waiting.model_copy(update={"close_after_days": rules.waiting.close_after_days / 2})
        real(tx, order, move, version, at, replace(rules, waiting=hurried), now)

    with patch.object(waiting, "begin", begin):
        yield


@mutant
def asks_only_the_first_time() -> Iterator[None]:
    """Who had an order reopened is not asked how its second end was."""
    real = surveys.begin

    def begin(tx: Any, order: Any, *rest: Any) -> None:
        real(tx, replace(order, round=1), *rest)

    with patch.object(surveys, "begin", begin):
        yield


@mutant
def announces_the_last_move_only() -> Iterator[None]:
    """Of several moves that are followed at once other programs are told of one."""
    real = webhooks.moved

    def moved(tx: Any, order: Any, step: Any, *rest: Any) -> None:
        if step["version"] == order.version:
            real(tx, order, step, *rest)

    with patch.object(webhooks, "moved", moved):
        yield


@mutant
def speaks_at_night() -> Iterator[None]:
    """Quiet hours are not looked at."""
    with patch.object(deciding, "quiet_until", lambda *_: None):
        yield


@mutant
def speaks_to_those_who_opted_out() -> Iterator[None]:
    """An opt-out is not looked at."""
    real = deciding.decide

    def decide(kind: Any, facts: Any, settings: Any) -> Any:
        free = replace(facts, customer=replace(facts.customer, opted_out_at=None))
        return real(kind, free, settings)

    from handlers.notices import sending

    with patch.object(sending, "decide", decide):
        yield


@mutant
def notes_nothing_of_what_it_said() -> Iterator[None]:
    """What was said unasked is not recorded."""
    real = Notices.decide

    def decide(self: Notices, decided: Any) -> None:
        real(self, [one for one in decided if one.message_id is None])

    with patch.object(Notices, "decide", decide):
        yield


@mutant
def escalates_beside_the_table() -> Iterator[None]:
    """An order is raised without a recorded move."""
    real = moving.move

    def move(tx: Any, order: Any, name: str, *rest: Any, **more: Any) -> Any:
        moved = real(tx, order, name, *rest, **more)
        if name == "escalate":
            tx.orders.change(moved.order, rest[-1], escalation=moved.order.escalation + 1)
        return moved

    from handlers import life

    with patch.object(life, "move", move):
        yield


@mutant
def books_a_time_twice() -> Iterator[None]:
    """Whether a time is taken already is not looked at."""
    real, number = Appointments.book, itertools.count(1)

    def book(self: Appointments, order: int, start: Any, end: Any, slots: Any, now: Any) -> Any:
        return real(self, order, start, end, [f"{slot}{next(number)}" for slot in slots], now)

    with patch.object(Appointments, "book", book):
        yield


@mutant
def opens_an_order_for_every_try() -> Iterator[None]:
    """A request that is repeated opens another order."""
    number = itertools.count(1)

    with patch.object(Orders, "of_request", lambda self, key: None):
        real = Orders.open

        def opened(self: Orders, **values: Any) -> Any:
            real(self, **values)
            return real(self, **{**values, "request_key": f"{values['request_key']}/{next(number)}"})

        with patch.object(Orders, "open", opened):
            yield
