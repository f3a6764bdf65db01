"""`python -m bot schedule`: what the clock is about to do, and why something was or was not said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from bot import settings as configuration
from bot.commands.kb_desk import opened, utc_now
from storage import Tx
from storage.notices import Notice
from storage.orders import Order
from storage.promises import PromiseRow
from storage.tasks import Task
from storage.timers import Timer


@click.group(name="schedule")
def group() -> None:
    """See what happens by the clock."""


@group.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--job", help="Only timers of this job, e.g. progress.")
def due(limit: int, job: str | None) -> None:
    """List what is due or coming, the next one first."""
    settings = configuration.load()
    now, zone = utc_now(), ZoneInfo(settings.service.zone)
    with opened(settings) as store:
        lines = store.run(
            lambda tx: [_timer(one, _number(tx, one), now, zone) for one in tx.timers.coming(limit, job)]
        )
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo("nothing is due, nothing is coming")


@group.command()
@click.argument("what")
def explain(what: str) -> None:
    """Say why something was or was not said: WHAT is an order's number, or the key of a notice or a timer."""
    settings = configuration.load()
    now, zone = utc_now(), ZoneInfo(settings.service.zone)
    with opened(settings) as store:
        lines = store.run(lambda tx: list(_explained(tx, what.strip(), now, zone)))
    if not lines:
        raise click.ClickException(f"there is no order, notice or timer {what}")
    for line in lines:
        click.echo(line)


def _explained(tx: Tx, what: str, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    order = tx.orders.find(what.upper())
    if order is not None:
        yield from _of_order(tx, order, now, zone)
        return
    notice, timer = tx.notices.find(what), tx.timers.find(what)
    if notice is not None:
        yield _notice(notice, zone)
    if timer is not None:
        yield _timer(timer, _number(tx, timer), now, zone)


def _of_order(tx: Tx, order: Order, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    level = f", escalated to level {order.escalation}" if order.escalation else ""
    yield f"{order.number}  {order.kind}, {order.priority}, {order.status}{level}"
    parts: dict[str, list[str]] = {
        "promises": [_promise(row, zone) for row in tx.promises.of_order(order.id)],
        "said unasked, or not": [_notice(one, zone) for one in tx.notices.of_order(order.id)],
        "tasks": [_task(one, zone) for one in tx.tasks.of_order(order.id)],
        "coming": [_timer(one, order.number, now, zone) for one in tx.timers.of_order(order.id)],
    }
    for name, lines in parts.items():
        yield f"{name}:"
        yield from (f"  {line}" for line in lines or ["nothing"])


def _promise(row: PromiseRow, zone: ZoneInfo) -> str:
    paused = f", paused since {_time(row.paused_at, zone)}" if row.paused_at and row.state == "live" else ""
    settled = f" at {_time(row.settled_at, zone)}" if row.settled_at else ""
    warned = ", warned" if "warned" in row.policy else ""
    return (
        f"{row.what} (round {row.round}) by {_time(row.due_at, zone)}: {row.state}{settled}{warned}{paused}"
    )


def _notice(notice: Notice, zone: ZoneInfo) -> str:
    why = "; ".join(_reason(reason) for reason in notice.reasons)
    return f"{_time(notice.decided_at, zone)}  {notice.key}  {notice.decision}: {why}"


def _reason(reason: dict[str, Any]) -> str:
    details = " ".join(f"{name}={value}" for name, value in reason.items() if name != "rule")
    return f"{reason['rule']} ({details})" if details else str(reason["rule"])


def _task(task: Task, zone: ZoneInfo) -> str:
    until = f" by {_time(task.due_at, zone)}" if task.due_at else ""
    state = f"done by {task.done_by}" if task.done_at else "open"
    return f"{task.kind}{until}, {state}: {task.note}"


def _timer(timer: Timer, number: str, now: datetime, zone: ZoneInfo) -> str:
    when = "due " if timer.due_at <= now else "    "
    failures = timer.payload.get("failures")
    failed = f"  failed {failures} times" if failures else ""
    return f"{when}{_time(timer.due_at, zone)}  {timer.job:<13} {number:<17} {timer.key}{failed}"


def _number(tx: Tx, timer: Timer) -> str:
    return tx.orders.get(timer.order_id).number if timer.order_id is not None else "-"


def _time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
