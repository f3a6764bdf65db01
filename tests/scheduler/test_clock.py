"""The clock's own promises: each timer once, whoever sweeps, dies, or sets the clock (F8, F1)."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from bot.commands.root import cli
from scheduler import jobs, timers
from storage import Store, Tx, open_store
from storage.timers import DUE, Timer
from tests.conftest import NOON
from tests.scheduler.desk import Desktop
from tests.storage.test_plans import plan_of

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AFTERNOON = NOON + 2 * HOUR


@pytest.fixture
def desk(store: Store) -> Desktop:
    return Desktop(store)


def test_two_sweepers_at_once_fire_once(desk: Desktop, database_url: str) -> None:
    """F8: with stores of their own, as two processes have them."""
    orders = [desk.open(at=AFTERNOON, priority="urgent") for _ in range(12)]
    stores = [open_store(database_url) for _ in range(2)]
    others = [Desktop(store, voice=desk.voice) for store in stores]
    for at in (AFTERNOON, AFTERNOON + 15 * MINUTE, AFTERNOON + 30 * MINUTE):
        threads = [threading.Thread(target=other.sweep, args=(at,)) for other in others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        desk.sweep(at)  # what one left because the other had the conversation
    for order in orders:
        assert len(desk.said(order)) == 2
        assert desk.order(order).escalation == 2
    for store in stores:
        store.close()


def test_killed_before_the_commit_loses_nothing(desk: Desktop) -> None:
    """F8: the timer is deleted in the transaction that does its work, so both happen or neither."""
    order = desk.open(at=AFTERNOON, priority="urgent")
    desk.sweep(AFTERNOON)

    def dies(tx: Tx) -> None:
        for job in jobs(desk.rules):
            while job.sweep(tx, AFTERNOON + 15 * MINUTE, desk.voice):
                pass
        assert len(tx.notices.of_order(order.id)) == 1
        raise KeyboardInterrupt

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            desk.store.run(dies)
    assert desk.said(order) == []
    assert desk.order(order).escalation == 0
    desk.sweep(AFTERNOON + 16 * MINUTE)
    desk.sweep(AFTERNOON + 16 * MINUTE)
    assert len(desk.said(order)) == 1


def test_the_clock_jumps(desk: Desktop) -> None:
    """F8: forward, everything due happens once; back again, nothing happens anew."""
    order = desk.open(at=AFTERNOON, priority="urgent")
    desk.sweep(AFTERNOON)
    desk.sweep(AFTERNOON + 20 * MINUTE)
    assert len(desk.said(order)) == 1
    desk.every(5, AFTERNOON - HOUR, 1.25)
    assert len(desk.said(order)) == 1
    assert desk.order(order).escalation == 1


def test_a_day_without_the_desk(desk: Desktop) -> None:
    """F8: broken once, no late warning, progress once and not for every day missed."""
    order = desk.open(at=AFTERNOON)
    desk.sweep(AFTERNOON)
    after = AFTERNOON + timedelta(days=3)
    desk.every(1, after, 0.2)
    assert "promise_warning" not in desk.tasks(order)[:1]
    assert [kind for kind, _ in desk.notices(order)].count("promise_broken") == 1
    assert [kind for kind, _ in desk.notices(order)].count("progress") <= 1
    assert len(desk.said(order)) <= 2


def test_moves_behind_many_broken_promises_hold_up_nobody(desk: Desktop) -> None:
    """F8: while nothing swept, more promises ended than a batch holds; moves made since come after them."""
    orders = [desk.open(at=AFTERNOON, priority="urgent") for _ in range(timers.BATCH + 1)]
    desk.sweep(AFTERNOON)
    for order in orders:
        desk.move(order, "take", AFTERNOON + 20 * MINUTE)
    desk.sweep(AFTERNOON + HOUR)
    assert {desk.states(order)["answer"] for order in orders} == {"broken"}
    assert {kind for order in orders for kind, _ in desk.notices(order)} == {"promise_broken"}
    assert not [t for t in desk.store.run(lambda tx: tx.timers.coming(500)) if t.due_at <= AFTERNOON + HOUR]


def test_an_open_order_is_not_left_without_a_word(desk: Desktop) -> None:
    """F1: every 24 hours with nothing said, with the traffic light; not after its end."""
    order = desk.open("installation", at=AFTERNOON)
    desk.move(order, "take", AFTERNOON + MINUTE)
    desk.every(30, AFTERNOON, 24)
    assert [at for at, _ in desk.said(order)] == []  # the move was told at 14:01
    desk.every(30, AFTERNOON + 24.5 * HOUR, 23)
    ((at, text),) = [one for one in desk.said(order) if "还在我们这里" in one[1]]
    assert at == AFTERNOON + 24.5 * HOUR
    assert text.startswith("🔵 已接单")
    desk.move(order, "resolve", AFTERNOON + 48 * HOUR)
    desk.move(order, "close", AFTERNOON + 48 * HOUR)
    desk.every(60, AFTERNOON + 49 * HOUR, 60)
    assert len([one for one in desk.said(order) if "还在我们这里" in one[1]]) == 1
    assert not [t for t in desk.store.run(lambda tx: tx.timers.of_order(order.id)) if t.job == "progress"]


def test_a_timer_that_fails_waits_and_holds_up_nobody(desk: Desktop) -> None:
    """F8: its own work is rolled back, the others' is done."""
    done: list[str] = []

    def work(tx: Tx, timer: Timer, now: Any, voice: Any) -> bool:
        tx.timers.done(timer)
        if timer.key == "bad":
            tx.execute(timers_gone())
        done.append(timer.key)
        return True

    def timers_gone() -> Any:
        raise LookupError("no such row")

    def begin(tx: Tx) -> None:
        for key in ("bad", "good", "good"):
            tx.timers.set(Timer(key, "test", NOON), NOON)

    desk.store.run(begin)
    works = {"test": work}
    assert desk.store.run(lambda tx: timers.sweep(tx, NOON, desk.voice, works)) == 1
    assert done == ["good"]
    (left,) = desk.store.run(lambda tx: tx.timers.coming(9))
    assert (left.key, left.due_at, left.payload["failures"]) == ("bad", NOON + MINUTE, 1)
    assert desk.store.run(lambda tx: timers.sweep(tx, NOON, desk.voice, works)) == 0


def test_a_timer_of_another_version_holds_up_nobody(desk: Desktop) -> None:
    """F8, I4: a job that this process does not know is another's; it is put off, and the rest is done."""

    def begin(tx: Tx) -> None:
        tx.timers.set(Timer("later", "invented_next_year", NOON), NOON)
        tx.timers.set(Timer("now", "test", NOON), NOON)

    def work(tx: Tx, timer: Timer, now: Any, voice: Any) -> bool:
        tx.timers.done(timer)
        return True

    desk.store.run(begin)
    assert desk.store.run(lambda tx: timers.sweep(tx, NOON, desk.voice, {"test": work})) == 2
    (left,) = desk.store.run(lambda tx: tx.timers.coming(9))
    assert (left.key, left.due_at, left.payload["failures"]) == ("later", NOON + MINUTE, 1)


def test_a_look_for_due_timers_reads_an_index(store: Store) -> None:
    if store.engine.dialect.name == "sqlite":
        assert not [line for line in plan_of(store.engine, DUE) if line.startswith("SCAN")]


def test_the_clock_explains_itself(desk: Desktop, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """F6: why was this (not) sent?"""
    monkeypatch.setenv("BOT__DATABASE__URL", database_url)
    run = CliRunner().invoke
    assert "nothing is due" in run(cli, ["schedule", "due"]).output
    order = desk.open(at=AFTERNOON + 10 * HOUR, priority="urgent")
    desk.sweep(AFTERNOON + 11 * HOUR)
    told = run(cli, ["schedule", "explain", order.number]).output
    assert "answer (round 1)" in told
    assert "broken" in told
    assert "postponed: quiet_hours (" in told
    assert "hours=22:00-08:00" in told
    assert "promise_supervisor" in told
    coming = run(cli, ["schedule", "due"]).output
    assert order.number in coming
    (key,) = [word for word in coming.split() if word.startswith("promise_tell:")]
    assert "quiet_hours" in run(cli, ["schedule", "explain", key]).output
    missing = run(cli, ["schedule", "explain", "SR-209901010001"])
    assert missing.exit_code == 1
    assert "there is no order, notice or timer" in missing.output
