"""The books of promises: each runs, waits and ends as its order's history says (T5, T6)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from handlers.life import life
from handlers.promises.promise import Clock
from handlers.promises.watched import AGAIN, rule_of
from storage import Tx
from storage.schema import order_events, orders, promises, tasks, timers
from tests.simulation.books import require

BROKEN_TASKS = ("promise_supervisor", "promise_manager")
NEARLY = timedelta(milliseconds=1)
Spans = Mapping[str, tuple[timedelta, Clock]]
"""How long a promise runs, and by which clock."""


def check_promises(tx: Tx, spans: Spans) -> None:
    """T5 and T6: each running promise has one timer at its end; breaches stand once, never before their time.

    The ends of the promises in `spans` are worked out anew from the orders' events.
    """
    events = defaultdict(list)
    for event in tx.execute(select(order_events).order_by(order_events.c.id)):
        events[event.order_id].append(event)
    waiting, ends = set(), Counter[tuple[int, datetime]]()
    for timer in tx.execute(select(timers).where(timers.c.job.in_(["moved", "promise_due"]))):
        if timer.job == "moved":
            waiting.add(timer.order_id)
        else:
            ends[timer.payload["promise"], timer.due_at] += 1
    rows = defaultdict(list)
    for row in tx.execute(select(promises).order_by(promises.c.id)):
        rows[row.order_id].append(row)
    broken = (tasks.c.kind.in_(BROKEN_TASKS), tasks.c.note.startswith("promise "))
    chores = Counter(tx.execute(select(tasks.c.order_id).where(*broken)).scalars())
    for order in tx.execute(select(orders)):
        mine = rows[order.id]
        for row in mine:
            name = f"order {order.id}: {row.what} of round {row.round}"
            if row.state == "broken":
                require(row.settled_at >= row.due_at, "T6", f"{name} broken before its end")
            if row.state == "live" and row.paused_at is None:
                require(ends[row.id, row.due_at] == 1, "T5", f"{name}: {ends[row.id, row.due_at]} timers")
        _check_breaches(order, mine, events[order.id], chores[order.id])
        if order.id not in waiting and order.promised_at is not None:
            _check_running(order, mine, events[order.id], spans)


def _check_breaches(order: Any, rows: Sequence[Any], events: Sequence[Any], chores: int) -> None:
    found = [event.note for event in events if event.note.startswith("promise ")]
    late = sum(note.endswith("was kept late") for note in found)
    ended = sum(" was to be kept by " in note for note in found)
    handed = sum(event.move is not None and "silent: not accepted by" in event.note for event in events)
    broken = sum(row.state == "broken" for row in rows)
    told = f"{ended} + {late} + {handed} recorded"
    require(chores == ended, "T6", f"order {order.id}: {ended} breaches, {chores} tasks")
    require(broken <= ended + late + handed, "T6", f"order {order.id}: {broken} broken, {told}")


def _check_running(order: Any, rows: Sequence[Any], events: Sequence[Any], spans: Spans) -> None:
    """What runs, waits or is over must be what the order's history says."""
    now = life().states[order.status]
    require(rows, "T5", f"order {order.id}: promised something, and nothing is watched")
    for row in rows:
        name = f"order {order.id}: {row.what} of round {row.round}"
        rule, what = rule_of(row.what), row.what.removesuffix(AGAIN)
        steady = rule is not None and rule.steady
        if row.state == "live" and not steady:
            require(not now.final and row.round == order.round, "T5", f"{name} runs on in {order.status}")
            over = row.due_at <= events[-1].at
            paused = row.paused_at is not None
            require(paused == now.paused or over, "T5", f"{name}: paused {paused} in {order.status}")
        if what in spans and row.state != "dropped":
            length, clock = spans[what]
            wanted = _end(row, [] if steady else events, length, clock)
            off = abs(clock.between(min(wanted, row.due_at), max(wanted, row.due_at)))
            require(off < NEARLY, "T5", f"{name} ends {row.due_at} instead of {wanted}")


def _end(row: Any, events: Sequence[Any], left: timedelta, clock: Clock) -> datetime:
    """When a promise ends that runs for so long, but not while the order waited before it was settled."""
    states = life().states
    at, paused, settled = row.started_at, False, row.settled_at
    for event in events:
        if event.move is None:
            continue
        if settled is not None and event.at >= settled:
            break
        moment, waits = max(event.at, row.started_at), states[event.status].paused
        if paused and waits:
            continue
        if not paused:
            passed = clock.between(at, moment)
            if passed >= left:
                break
            left -= passed
        at, paused = moment, waits
    return clock.add(settled if paused and settled is not None else at, left)
