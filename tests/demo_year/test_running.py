"""The year's open orders: what the desk waits for in them is as if it had served them itself (E5, F1-F3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from bot.commands.schedule import group
from bot.demo_year.writing import fill
from handlers.life import Actor, move
from handlers.life.table import NEW
from nlu.progress import silent
from scheduler.rules import Rules
from storage import Store, Tx
from storage.orders import OrderEvent
from storage.schema import appointments, order_events, orders, promises, service_log, staff, timers
from storage.timers import Timer
from tests.conftest import NOON
from tests.scheduler.desk import Desktop

ORDERS = 1200
OF_ORDERS = ("promise_due", "promise_warn", "answer_remind", "answer_close", "unanswered", "visit")
MAKERS = {"engineer": "S001", "agent": "S001", "supervisor": "S001"}
TOLD = (promises.c.order_id, promises.c.what, promises.c.round, promises.c.started_at, promises.c.due_at,
        promises.c.warn_at, promises.c.state, promises.c.paused_at, promises.c.settled_at)  # fmt: skip
WAITED = (timers.c.order_id, timers.c.job, timers.c.due_at)


def kept(tx: Tx, ids: list[int]) -> tuple[list[Any], list[Any], list[Any]]:
    """What is promised in those orders, what the clock waits for, and until when customers were promised."""
    theirs = select(*TOLD).where(promises.c.order_id.in_(ids))
    coming = select(*WAITED).where(
        timers.c.order_id.in_(ids), timers.c.due_at > NOON, timers.c.job.in_(OF_ORDERS)
    )
    owed = select(orders.c.id, orders.c.promised_at).where(orders.c.id.in_(ids))
    return tuple(sorted(map(repr, map(tuple, tx.execute(one)))) for one in (theirs, coming, owed))  # type: ignore[return-value]


def taken_back(tx: Tx) -> list[tuple[datetime, int, str, dict[str, Any]]]:
    """Nothing has become of the open orders yet; what was done with them, when, and what belongs to it."""
    ids = tx.execute(select(orders.c.id).where(orders.c.closed_at.is_(None))).scalars().all()
    done: list[tuple[datetime, int, str, dict[str, Any]]] = []
    for row in tx.execute(select(order_events).where(order_events.c.order_id.in_(ids))):
        done.append((row.at, row.order_id, row.move, dict(row._mapping)))
    for row in tx.execute(select(service_log).where(service_log.c.order_id.in_(ids))):
        done.append((row.filed_at, row.order_id, "log", {"actor": "engineer", "note": row.done}))
    booked = select(appointments).where(appointments.c.order_id.in_(ids), appointments.c.state == "standing")
    for row in tx.execute(booked):
        done.append((row.created_at + timedelta(microseconds=1), row.order_id, "", {"id": row.id}))
    tx.execute(update(appointments).where(appointments.c.order_id.in_(ids)).values(state="moved"))
    for table in (promises, timers, order_events):
        tx.execute(delete(table).where(table.c.order_id.in_(ids)))
    tx.execute(update(staff).values(kinds=[]))  # nobody is there whom the desk could give them to
    values = {"status": NEW, "version": 0, "round": 1, "escalation": 0, "assignee_id": None}
    tx.execute(update(orders).where(orders.c.id.in_(ids)).values(values))
    return sorted(done, key=lambda one: one[:2])


def made(tx: Tx, at: datetime, order_id: int, name: str, row: dict[str, Any], rules: Rules) -> None:
    """One of those things, by the desk's own ways."""
    order = tx.orders.get(order_id)
    if not name:
        booked = update(appointments).where(appointments.c.id == row["id"])
        tx.execute(booked.values(state="standing"))
        key = f"visit:{row['id']}"
        tx.timers.set(Timer(key, "visit", at, order_id, payload={"appointment": row["id"]}), at)
    elif order.status == NEW:
        opened = tx.orders.change(order, at, status=row["status"])
        tx.orders.record(order_id, OrderEvent(at, "bot", row["status"], "", None, name, None, opened.version))
    else:
        move(tx, order, name, Actor(row["actor"], MAKERS.get(row["actor"])), row["note"] or "-", at)


def lived_again(store: Store, rules: Rules) -> None:
    """Every open order's life once more, followed by the desk at its time."""
    desktop = Desktop(store, rules)

    def swept_until(moment: datetime) -> None:
        while True:
            due = store.run(lambda tx: [one.due_at for one in tx.timers.coming(1)])
            if not due or due[0] > moment:
                return
            desktop.sweep(due[0])

    for at, order_id, name, row in store.run(taken_back):
        swept_until(at)
        store.run(lambda tx, a=at, i=order_id, n=name, r=row: made(tx, a, i, n, r, rules))  # type: ignore[misc]
        swept_until(at)
    swept_until(NOON)


def test_the_desk_waits_for_what_it_would_wait_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """E5, F1-F3: promises and timers equal those of the same lives on a desk; `schedule due` lists them."""
    rules = Rules()
    fill(store, rules, NOON, ORDERS, 5, silent)
    monkeypatch.setenv("BOT__DATABASE__URL", store.engine.url.render_as_string(hide_password=False))
    listed = CliRunner().invoke(group, ["due", "--limit", "1000"], catch_exceptions=False).output
    still_open = select(orders.c.id, orders.c.number).where(orders.c.closed_at.is_(None))
    current = store.run(lambda tx: {row.id: row.number for row in tx.execute(still_open)})
    assert len(current) >= 6
    assert all(number in listed for number in current.values())
    left = store.run(lambda tx: {one.order_id for one in tx.timers.coming(1000) if one.due_at <= NOON})
    ids = sorted(current.keys() - left)
    assert len(ids) > len(left)
    before = store.run(lambda tx: kept(tx, ids))
    assert all(before)
    lived_again(store, rules)
    after = store.run(lambda tx: kept(tx, ids))
    for one, other in zip(before, after, strict=True):
        assert one == other, sorted(set(one) ^ set(other))
