"""`python -m bot complaints`: the register, what is committed to, who is responsible (C4, H3)."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from bot import settings as configuration
from bot.commands import complaint_reports, orders_shown
from bot.commands.complaint_reports import month_given
from bot.commands.kb_desk import actor_option, opened, utc_now
from storage import Store, Tx
from storage.complaints import Registered, Wanted

LISTED = 500
SEVERITIES = ("normal", "serious", "severe")


def _said(context: click.Context, parameter: click.Parameter, words: str) -> str:
    """Words that say something."""
    if not words.strip():
        raise click.BadParameter("must say something", context, parameter)
    return words


@click.group(name="complaints")
def group() -> None:
    """Look after complaints: plans, causes, statements, the monthly register."""


group.add_command(complaint_reports.register)
group.add_command(complaint_reports.rates)


@group.command(name="list")
@click.option("--open/--ended", "is_open", default=None, help="Only open ones, or only ended ones.")
@click.option("--severity", type=click.Choice(SEVERITIES))
@click.option("--month", help="Only those of a month: 2026-11.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, LISTED))
@click.option("--full", is_flag=True, help="Show names in full.")
@click.option("--json", "as_json", is_flag=True)
def listing(
    is_open: bool | None, severity: str | None, month: str | None, limit: int, full: bool, as_json: bool
) -> None:
    """List complaints, newest first; names are masked."""
    settings = configuration.load()
    since, until = month_given(month, settings) if month else (None, None)
    wanted = Wanted(since, until, is_open, severity)
    with opened(settings) as store:
        found = store.run(lambda tx: tx.complaints.page(wanted, limit))
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(_line(one, settings.service.zone, full))
    if not found:
        click.echo("no such complaints")


@group.command()
@click.argument("number")
@click.option("--json", "as_json", is_flag=True)
def show(number: str, as_json: bool) -> None:
    """Show a complaint in full: what was said, why it is severe, what was committed to, its history."""
    settings = configuration.load()
    with opened(settings) as store:
        one = _find(store, number)
        events = store.run(lambda tx: tx.orders.events(one.order.id))
    if as_json:
        told = {**_as_json(one), "fields": one.order.fields, "history": [asdict(event) for event in events]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))
        return
    for name, value in asdict(one.complaint).items():
        if name != "order_id" and value not in (None, [], ""):
            click.echo(orders_shown.plain(f"{name:<17}{_shown(value, settings.service.zone)}"))
    click.echo("")
    for line in orders_shown.whole(one.order, events, settings.service.zone):
        click.echo(line)


@group.command()
@click.argument("number")
@click.argument("plan", callback=_said)
@click.option("--until", "until", help="By when it is done, e.g. 2026-11-30 or 2026-11-30T18:00, local time.")
@click.option("--as", "role", type=click.Choice(("agent", "engineer", "supervisor")), default="supervisor",
              show_default=True, help="In which capacity.")  # fmt: skip
@actor_option
def plan(number: str, plan: str, until: str | None, role: str, actor: str) -> None:
    """Commit to a PLAN for complaint NUMBER; the customer is told."""
    from bot.dialogue import Dialogue
    from bot.voice import DeskVoice
    from handlers.complaints.committing import commit_plan
    from handlers.life import Actor, Refused
    from handlers.vocabulary import spoken_time

    settings = configuration.load()
    zone, now = ZoneInfo(settings.service.zone), utc_now()
    by = _moment(until, zone, now) if until else None
    voice = DeskVoice(Dialogue.load(settings))

    def spoken(moment: datetime, language: str) -> str:
        return spoken_time(moment.astimezone(zone), now.astimezone(zone), language)

    with opened(settings) as store:
        order = _find(store, number).order
        try:
            moved = store.run(
                lambda tx: commit_plan(tx, voice, order, plan, by, Actor(role, actor), spoken, now)
            )
        except Refused as refused:
            raise click.ClickException(refused.words("en")) from None
    click.echo(f"{order.number}: {order.status} → {moved.order.status}; the customer is told of the plan")


@group.command()
@click.argument("number")
@click.argument("cause", callback=_said)
@click.option("--unit", help="Who is responsible (complaints.units in config.yaml).")
@actor_option
def cause(number: str, cause: str, unit: str | None, actor: str) -> None:
    """Record the CAUSE of complaint NUMBER; the customer is not told."""
    from handlers.complaints.committing import UnknownUnit, find_cause
    from handlers.life import Actor

    settings, now = configuration.load(), utc_now()
    with opened(settings) as store:
        order = _find(store, number).order
        speaker = Actor("supervisor", actor)
        try:
            store.run(lambda tx: find_cause(tx, order, cause, unit, settings.complaints, speaker, now))
        except UnknownUnit as unknown:
            raise click.BadParameter(f"'{unit}' {unknown}", param_hint="--unit") from None
    click.echo(f"{order.number}: cause recorded{f', {unit} is responsible' if unit else ''}")


@group.command()
@click.argument("number")
@click.argument("text", callback=_said)
@actor_option
def statement(number: str, text: str, actor: str) -> None:
    """Record the statement that was made to a regulator, the media or a lawyer about complaint NUMBER."""
    from handlers.complaints.committing import state
    from handlers.life import Actor

    settings, now = configuration.load(), utc_now()
    with opened(settings) as store:
        order = _find(store, number).order
        store.run(lambda tx: state(tx, order, text, Actor("supervisor", actor), now))
    click.echo(f"{order.number}: statement recorded")


def _moment(words: str, zone: ZoneInfo, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise click.BadParameter(
            f"'{words}' is no time; write 2026-11-30T18:00", param_hint="--until"
        ) from None
    if len(words) == len("2026-11-30"):
        moment = moment.replace(hour=23, minute=59)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if moment <= now:
        raise click.BadParameter(f"'{words}' is past", param_hint="--until")
    return moment


def _find(store: Store, number: str) -> Registered:
    def found(tx: Tx) -> list[Registered]:
        return tx.complaints.page(Wanted(number=number.strip().upper()), 1)

    rows = store.run(found)
    if not rows:
        raise click.ClickException(f"there is no complaint {number}")
    return rows[0]


def _line(one: Registered, zone: str, full: bool) -> str:
    from bot.orders.masking import masked_name

    order, complaint = one.order, one.complaint
    name = one.name or "" if full else masked_name(one.name)
    planned = "planned" if complaint.plan else "no plan"
    cells = [order.number, f"{complaint.severity:<8}", f"{complaint.category:<9}", f"{order.status:<12}"]
    cells += [planned, _shown(order.created_at, zone), name, complaint.unit or "-"]
    if complaint.statement_due_at is not None and complaint.statement_at is None:
        cells.append(f"statement by {_shown(complaint.statement_due_at, zone)}")
    return orders_shown.plain("  ".join(cells)).rstrip()


def _as_json(one: Registered) -> dict[str, Any]:
    order = one.order
    told = {key: value for key, value in asdict(one.complaint).items() if key != "order_id"}
    told = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in told.items()}
    opened_at = order.created_at.isoformat()
    return {
        "number": order.number,
        "status": order.status,
        "open": order.open,
        "created_at": opened_at,
        **told,
    }


def _shown(value: Any, zone: str) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    return ", ".join(value) if isinstance(value, list) else str(value)
