"""Promises as rows: given, kept, paused and resumed as an order moves, broken at their end (E5, F3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from handlers.complaints.settings import SUGGESTION
from handlers.life import life
from handlers.promises import Case, Promises
from handlers.promises.policy import What
from handlers.promises.promise import Promise
from handlers.promises.spans import Span
from handlers.promises.watched import AGAIN, Watched, rule_of, watched
from storage.orders import Order
from storage.promises import PromiseRow
from storage.timers import Timer

if TYPE_CHECKING:
    from storage import Tx

WARN, DUE = "promise_warn", "promise_due"
"""The timers' jobs at a promise's warning and at its end."""


@dataclass(frozen=True, slots=True)
class Step:
    """A move of an order as its history tells it: the state it led to, and when."""

    move: str
    status: str
    version: int
    at: datetime


def follow(tx: Tx, promises: Promises, order: Order, step: Step, now: datetime) -> list[PromiseRow]:
    """Bring a locked order's promises up to the step; returns those it kept too late, broken now.

    Steps are followed in the order in which they were made. Orders opened without a promise are not watched.
    """
    round_ = _round(tx, order, step)
    late: list[PromiseRow] = []
    running: list[PromiseRow] = []
    for row in tx.promises.of_order(order.id):
        if row.state != "live":
            continue
        after = _after(promises, row, step, round_)
        if after != row:
            tx.promises.change(after)
            if after.state == "live" and after.paused_at is None:
                running.append(after)
        if after.state == "broken":
            late.append(after)
    if order.promised_at is not None and not life().states[step.status].final:
        for rule in watched().values():
            if rule.begun_by(step.move, order.kind):
                running += _given(tx, promises, order, rule, step, round_)
    _set_timers(tx, running, now)
    return late


def renew(
    tx: Tx, promises: Promises, order: Order, row: PromiseRow, span: Span | None, now: datetime
) -> PromiseRow | None:
    """A new promise in place of a broken one, once: as long as the first, or `span` of its clock's time."""
    rule = rule_of(row.what)
    if rule is None or row.what.endswith(AGAIN):
        return None
    made = promises.promise(rule.what, case_of(order), now)
    if made is None:
        return None
    if span is not None:
        made = replace(made, due=promises.after(made, span), warn_at=None)
    waits = life().states[order.status].paused
    again = replace(
        _row(order, f"{row.what}{AGAIN}", row.round, made), paused_at=made.started if waits else None
    )
    given = tx.promises.give(again)
    if given is None:
        return None
    again = replace(again, id=given)
    if not waits:
        _set_timers(tx, [again], now)
    return again


def break_(
    tx: Tx, promises: Promises, order: Order, row: PromiseRow, span: Span | None, now: datetime
) -> PromiseRow | None:
    """It is broken; the promise in its place, as `renew` has it, unless the order is not escalated for it."""
    rule = rule_of(row.what)
    aside = rule is not None and rule.aside
    again = None if aside else renew(tx, promises, order, row, span, now)
    policy = {**row.policy, "again": again.id} if again else row.policy
    tx.promises.change(replace(row, state="broken", settled_at=now, policy=policy))
    return again


def give(tx: Tx, promises: Promises, order: Order, what: What, now: datetime) -> PromiseRow | None:
    """A promise that no move gives, once in the order's round; None where it stands already or has no row."""
    made = promises.promise(what, case_of(order), now)
    if made is None:
        return None
    row = _row(order, what, order.round, made)
    given = tx.promises.give(row)
    if given is None:
        return None
    row = replace(row, id=given)
    _set_timers(tx, [row], now)
    return row


def promised_again(promises: Promises, order: Order, now: datetime) -> datetime | None:
    """Until when the customer of an order that is taken up again hears from us; none for a suggestion."""
    if order.fields.get("category") == SUGGESTION:
        return None
    case = case_of(order)
    made = promises.promise("second_handling", case, now) or promises.promise("answer", case, now)
    return made.due if made else None


def settle(tx: Tx, order: Order, what: What, now: datetime) -> None:
    """What such a promise is about was done now: what of it is live is kept, or broken where it is late."""
    for row in tx.promises.of_order(order.id):
        if row.state == "live" and row.what.removesuffix(AGAIN) == what:
            tx.promises.change(replace(row, state="kept" if now <= row.due_at else "broken", settled_at=now))


def put_off(tx: Tx, order: Order, what: What, due: datetime, now: datetime) -> bool:
    """What is live of such a promise ends at another moment; False where nothing of it is."""
    live = [row for row in tx.promises.of_order(order.id) if row.state == "live" and row.what == what]
    for row in live:
        moved = replace(row, due_at=due, warn_at=None)
        tx.promises.change(moved)
        _set_timers(tx, [moved], now)
    return bool(live)


def case_of(order: Order) -> Case:
    """What of the order decides on its promises."""
    return Case(order.kind, order.priority, order.region or "elsewhere", order.customer_level)


def _round(tx: Tx, order: Order, step: Step) -> int:
    """The round of the order that the step belongs to."""
    moves = life().moves
    return 1 + sum(
        event.version <= step.version and event.move is not None and moves[event.move].again
        for event in tx.orders.events(order.id)
        if event.move in moves
    )


def _after(promises: Promises, row: PromiseRow, step: Step, round_: int) -> PromiseRow:
    """The promise after the step."""
    rule, state = rule_of(row.what), life().states[step.status]
    if rule is not None and rule.steady:
        return _steady(rule, row, step)
    running = promises.resumed(_promise(row), step.at)
    if rule is None or row.round != round_ or step.status in rule.dropped:
        return replace(row, state="dropped", settled_at=step.at)
    if step.status in rule.kept:
        outcome = "kept" if step.at <= running.due else "broken"
        return replace(_with(row, running), state=outcome, settled_at=step.at)
    if state.final:
        return replace(row, state="dropped", settled_at=step.at)
    return _with(row, _promise(row).paused(step.at) if state.paused else running)


def _steady(rule: Watched, row: PromiseRow, step: Step) -> PromiseRow:
    if step.move in rule.by:
        return replace(row, state="kept" if step.at <= row.due_at else "broken", settled_at=step.at)
    return replace(row, state="dropped", settled_at=step.at) if step.status in rule.dropped else row


def _given(
    tx: Tx, promises: Promises, order: Order, rule: Watched, step: Step, round_: int
) -> list[PromiseRow]:
    """The promise that the step gives, if it gives one; its timers are still to be set."""
    made = promises.promise(rule.what, case_of(order), step.at)
    if made is None:
        return []
    row = _row(order, rule.what, round_, made)
    given = tx.promises.give(row)
    if given is None:  # of this round already
        if not rule.anew:
            return []
        known = next(r for r in tx.promises.of_order(order.id) if (r.what, r.round) == (rule.what, round_))
        if rule.steady and known.state == "live":  # what was promised first is still owed
            return []
        given, row = known.id, replace(row, policy={**row.policy, "before": known.state})
        tx.promises.change(replace(row, id=given))
    return [replace(row, id=given)]


def _set_timers(tx: Tx, rows: Iterable[PromiseRow], now: datetime) -> None:
    """The moment stands in the key: a promise that waited gets timers anew, and what is set stays so."""
    wanted = []
    for row in rows:
        for job, moment in {DUE: row.due_at, WARN: row.warn_at}.items():
            if moment is not None and (job == DUE or (moment > now and moment < row.due_at)):
                key = f"{job}:{row.id}:{moment:%Y%m%dT%H%M%S.%f}"
                wanted.append(Timer(key, job, moment, row.order_id, payload={"promise": row.id}))
    tx.timers.set_all(wanted, now)


def _row(order: Order, what: str, round_: int, made: Promise) -> PromiseRow:
    policy: dict[str, Any] = {"version": made.policy, "clock": made.clock}
    return PromiseRow(order.id, what, round_, made.started, made.due, made.warn_at, policy)


def _promise(row: PromiseRow) -> Promise:
    return Promise(
        cast(What, row.what), row.started_at, row.due_at, row.warn_at,
        row.policy["clock"], row.policy["version"], row.paused_at,
    )  # fmt: skip


def _with(row: PromiseRow, promise: Promise) -> PromiseRow:
    return replace(row, due_at=promise.due, warn_at=promise.warn_at, paused_at=promise.paused_at)
