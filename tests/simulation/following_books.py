"""What follows from moves by the clock: reminders, closings, surveys, return visits, deliveries (T18)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from handlers.life import life
from handlers.waiting import WaitingSettings
from scheduler.return_visits import VISIT
from scheduler.rules import Rules
from scheduler.surveys import ALONE, CLOSED, EXPIRE, SURVEY
from scheduler.waiting import CLOSE, REMIND, RESOLVED, UNANSWERED, WAITING
from storage import Tx
from storage.notices import POSTPONED
from storage.orders import MOVED
from storage.schema import notices, order_events, orders, surveys, tasks, timers, webhook_deliveries
from storage.surveys import SENT
from tests.simulation.books import require, undelivered


@dataclass(slots=True)
class _Books:
    """What the clock keeps, by what it is about."""

    timers: dict[str, Any]
    notices: dict[str, Any]
    unanswered: Counter[int]
    surveys: dict[tuple[int, int], Any]
    moves: dict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))
    deliveries: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def settled(self, key: str) -> bool:
        """Whether it waits for its time, or was decided on."""
        return key in self.timers or (key in self.notices and self.notices[key].decision != POSTPONED)

    def said_at(self, key: str) -> datetime | None:
        """When that was said; None where it was not, or did not arrive."""
        notice = self.notices.get(key)
        said = notice is not None and notice.message_id is not None and not undelivered(notice)
        return notice.decided_at if said else None

    def said(self, key: str) -> bool:
        """Whether that was said, wherever it got to."""
        return key in self.notices and self.notices[key].message_id is not None


def check_following(tx: Tx, rules: Rules, steady: bool) -> None:
    """T18: each move that was followed left what it asks for, once, and nothing came before its time.

    `steady`: the wall clock was not set, so moments compare.
    """
    books = _read(tx)
    unfollowed = {timer.order_id for timer in books.timers.values() if timer.job == MOVED}
    for order in tx.execute(select(orders)):
        followed = order.id not in unfollowed
        _check_deliveries(order, books, rules, followed)
        _check_answers(order, books, rules.waiting, followed, steady)
        _check_end(order, books, rules, followed)


def _read(tx: Tx) -> _Books:
    asked = Counter(tx.execute(select(tasks.c.order_id).where(tasks.c.kind == UNANSWERED)).scalars())
    books = _Books(
        timers={row.key: row for row in tx.execute(select(timers))},
        notices={row.key: row for row in tx.execute(select(notices))},
        unanswered=asked,
        surveys={(row.order_id, row.round): row for row in tx.execute(select(surveys))},
    )
    for event in tx.execute(select(order_events).order_by(order_events.c.id)):
        if event.move is not None:
            books.moves[event.order_id].append(event)
    for row in tx.execute(select(webhook_deliveries.c.order_id, webhook_deliveries.c.key)):
        books.deliveries[row.order_id].add(row.key)
    return books


def _check_deliveries(order: Any, books: _Books, rules: Rules, followed: bool) -> None:
    """Every move is told to who wants to know, and nothing that was not one."""
    if not rules.webhooks.receivers:
        return
    told = books.deliveries[order.id]
    moves = {
        f"evt_{order.id}_{event.version}_{event.move}_{event.at.astimezone(UTC):%Y%m%d%H%M%S%f}"
        for event in books.moves[order.id]
    }
    require(told <= moves, "T18", f"order {order.id}: told of what never was: {sorted(told - moves)[:2]}")
    if followed:
        require(told == moves, "T18", f"order {order.id}: nobody is told of {sorted(moves - told)[:2]}")


def _check_answers(
    order: Any, books: _Books, settings: WaitingSettings, followed: bool, steady: bool
) -> None:
    """What is waited for from the customer is reminded of, closed or given to a person, in its time."""
    leading = [event for event in books.moves[order.id] if life().moves[event.move].target]
    asked = [event for event in leading if life().moves[event.move].target in (RESOLVED, WAITING)]
    for event in asked:
        later = [one for one in leading if one.id > event.id]
        same = (event.version, event.at)  # asked twice at one moment is asked once
        left = next((one.at for one in later if (one.version, one.at) != same), None)
        for job, hours in _jobs(event.status, settings).items():
            key = f"{job}:{order.id}:{event.version}:{event.at:%Y%m%dT%H%M%S.%f}"
            due_at = event.at + timedelta(hours=hours)
            if followed and left is None:
                given = job == UNANSWERED and books.unanswered[order.id] > 0
                require(books.settled(key) or given, "T18", f"{key} is forgotten")
            said_at = books.said_at(key)
            if said_at is not None and steady:
                require(due_at <= said_at, "T18", f"{key} was said at {said_at}, before {due_at}")
                require(left is None or said_at <= left, "T18", f"{key} was said after the answer")
    closings = [one for one in leading if one.move == "close" and one.actor == "system"]
    for closing in closings if steady else ():
        before = max(one.at for one in asked if one.id < closing.id)
        early = closing.at < before + timedelta(days=settings.close_after_days)
        require(not early, "T18", f"order {order.id}: closed at {closing.at}, resolved at {before}")
    waits = sum(one.status == WAITING for one in asked)
    require(books.unanswered[order.id] <= waits, "T18", f"order {order.id}: {waits} questions, more tasks")


def _jobs(status: str, settings: WaitingSettings) -> dict[str, float]:
    last = (
        {CLOSE: settings.close_after_days * 24}
        if status == RESOLVED
        else {UNANSWERED: settings.task_after_hours}
    )
    return {REMIND: settings.remind_after_hours, **last}


def _check_end(order: Any, books: _Books, rules: Rules, followed: bool) -> None:
    """An order's end is asked about once in each round, and some days later again."""
    leading = [event.move for event in books.moves[order.id] if life().moves[event.move].target]
    if followed and order.status == CLOSED and leading[-1] != ALONE:
        key = f"{SURVEY}:{order.id}:{order.round}"
        require(order.kind not in rules.surveys.kinds or books.settled(key), "T18", f"{key} is forgotten")
        key = f"{VISIT}:{order.id}:{order.round}"
        later = order.kind in rules.return_visits.after_days
        require(not later or books.settled(key), "T18", f"{key} is forgotten")
    for round_ in range(1, order.round + 1):
        row, key = books.surveys.get((order.id, round_)), f"{SURVEY}:{order.id}:{round_}"
        require((row is not None) == books.said(key), "T18", f"{key}: {row}")
        if row is not None and row.state == SENT:
            ends = f"{EXPIRE}:{order.id}:{round_}" in books.timers
            require(ends, "T18", f"{key} is open for ever")
