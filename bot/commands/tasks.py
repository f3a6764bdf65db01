"""`python -m bot tasks`: what people have to do because the desk must not or cannot."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from bot import settings as configuration
from bot.commands.kb_desk import actor_option, opened, utc_now
from storage import Tx
from storage.tasks import Task


@click.group(name="tasks")
def group() -> None:
    """See and settle what people have to do."""


@group.command(name="list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--kind", help="Only tasks of this kind, e.g. second_handling.")
def listing(limit: int, kind: str | None) -> None:
    """List open tasks, the most pressing first."""
    settings = configuration.load()
    now, zone = utc_now(), ZoneInfo(settings.service.zone)
    with opened(settings) as store:
        lines = store.run(lambda tx: [_line(tx, one, now, zone) for one in tx.tasks.open(limit, kind)])
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo("nothing is to be done")


@group.command()
@click.argument("task_id", metavar="ID", type=click.IntRange(1))
@actor_option
def done(task_id: int, actor: str) -> None:
    """Note that task ID is done."""
    with opened(configuration.load()) as store:
        task = store.run(lambda tx: tx.tasks.get(task_id))
        if task is None:
            raise click.ClickException(f"there is no task {task_id}")
        if not store.run(lambda tx: tx.tasks.done(task_id, actor, utc_now())):
            raise click.ClickException(f"task {task_id} was done by {task.done_by}")
    click.echo(f"{task_id}: done by {actor}")


def _line(tx: Tx, task: Task, now: datetime, zone: ZoneInfo) -> str:
    number = tx.orders.get(task.order_id).number if task.order_id is not None else "-"
    late = "late" if task.due_at is not None and task.due_at < now else "    "
    due = f"{task.due_at.astimezone(zone):%Y-%m-%d %H:%M}" if task.due_at else "-"
    return f"{task.id:>5}  {late}  {due:<16}  {number:<17}  {task.kind}: {task.note}"
