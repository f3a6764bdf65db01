"""What the desk waits for in orders of the year that are still open: promises, and timers of the clock.

They are made by what follows the moves of real orders, as if it had followed these at their time. What fell
due since is over, but for what only the clock may do: close what nobody confirmed, tell people of a question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.demo_year.lives import Lived
from handlers.life import life
from handlers.life.table import NEW
from handlers.promises.keeping import Step, break_, follow, give, promised_again
from handlers.promises.watched import rule_of
from scheduler import progress, visits, waiting
from scheduler.rules import Rules
from storage import Tx
from storage.appointments import VISIT
from storage.orders import Order
from storage.promises import PromiseRow
from storage.timers import Timer

LEFT = (waiting.CLOSE, waiting.UNANSWERED)
"""What is due already and still to be done."""


def run(tx: Tx, rules: Rules, lived: Lived, now: datetime) -> None:
    """Promises and timers of an open order whose rows are written."""
    order = replace(tx.orders.get(lived.order["id"]), status=NEW)
    for step in _steps(lived):
        order = replace(_broken(tx, rules, order, step.at), status=step.status)
        order = _promised_anew(tx, rules, order, step)
        follow(tx, rules.promises, order, step, step.at)
        if step.move == "open" and any(one["regulator"] for one in lived.rows.get("complaints", ())):
            give(tx, rules.promises, replace(order, round=1), "statement", step.at)
        waiting.begin(tx, order, step.move, step.version, step.at, rules, step.at)
    _broken(tx, rules, order, now)
    tx.timers.done(
        *(one for one in tx.timers.of_order(order.id) if one.due_at <= now and one.job not in LEFT)
    )
    _word(tx, rules, lived, now)
    _visit(tx, rules, order, now)


def _steps(lived: Lived) -> Iterator[Step]:
    """The order's moves, and the visits' records as they were filed."""
    steps = [
        Step(one["move"], one["status"], one["version"], one["at"]) for one in lived.rows["order_events"]
    ]
    for filed in (one["filed_at"] for one in lived.rows.get("service_log", ())):
        before = [step for step in steps if step.at <= filed][-1]
        steps.append(Step("log", before.status, before.version, filed))
    yield from sorted(steps, key=lambda step: step.at)


def _promised_anew(tx: Tx, rules: Rules, order: Order, step: Step) -> Order:
    """With a promise for its new round, where it is taken up again."""
    move, promised = life().moves[step.move], order.promised_at
    if not move.again or (promised is not None and promised > step.at):
        return order
    due = promised_again(rules.promises, order, step.at)
    return _promise(tx, order, due, step.at) if due else order


def _broken(tx: Tx, rules: Rules, order: Order, until: datetime) -> Order:
    """What ended by then is broken, each with the promise in its place."""
    while row := min(_running(tx, order, until), key=lambda one: one.due_at, default=None):
        again = break_(tx, rules.promises, order, row, rules.second_step, row.due_at)
        rule = rule_of(row.what)
        if again is not None and rule is not None and rule.told:
            order = _promise(tx, order, again.due_at, row.due_at)
    return order


def _running(tx: Tx, order: Order, until: datetime) -> list[PromiseRow]:
    rows = tx.promises.of_order(order.id)
    return [one for one in rows if one.state == "live" and one.paused_at is None and one.due_at <= until]


def _promise(tx: Tx, order: Order, due: datetime, at: datetime) -> Order:
    """Promised in its row; its state stays that of the moment that is followed."""
    tx.orders.promise(order, due, at)
    return replace(order, promised_at=due)


def _word(tx: Tx, rules: Rules, lived: Lived, now: datetime) -> None:
    """The next word about it, so long after it was last heard of."""
    moves, every = life().moves, timedelta(hours=rules.notices.progress_hours)
    told = [one["at"] for one in lived.rows["order_events"] if moves[one["move"]].tells]
    heard = max([lived.order["created_at"], *told])
    due_at = heard + every * ((now - heard) // every + 1)
    key = f"{progress.PROGRESS}:{lived.order['id']}"
    tx.timers.set(Timer(key, progress.PROGRESS, due_at, lived.order["id"]), now)


def _visit(tx: Tx, rules: Rules, order: Order, now: datetime) -> None:
    """The next reminder of its appointment."""
    visit = tx.appointments.standing(order.id)
    coming = visits.next_reminder(visit, rules, now) if visit else None
    if visit is not None and coming is not None:
        payload = {"appointment": visit.id, "reminder": coming.isoformat()}
        tx.timers.set(Timer(f"{VISIT}:{visit.id}", VISIT, coming, order.id, payload=payload), now)
