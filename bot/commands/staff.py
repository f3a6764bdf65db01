"""`python -m bot staff`: who works on orders, from a file that the operator keeps."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot import settings as configuration
from bot.commands.kb_desk import opened, utc_now
from bot.commands.orders_shown import wide
from storage import Store
from storage.staff import Member


@click.group(name="staff")
def group() -> None:
    """Look after the people who get orders."""


@group.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Only say what is wrong with FILE.")
def import_(file: Path, check: bool) -> None:
    """Make the staff what FILE says; who is not in it any more gets no orders, and theirs go to others."""
    from handlers.dispatch import staff_file, staffing

    settings = configuration.load()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise click.ClickException(f"{file}: cannot be read as UTF-8 ({type(problem).__name__})") from None
    found = staff_file.read(text, settings.dispatch, settings.service.countries)
    for mistake in found.mistakes:
        click.echo(f"{file}:{mistake}", err=True)
    if found.mistakes:
        raise click.ClickException(f"{len(found.mistakes)} mistakes; nothing was changed")
    for warning in found.warnings:
        click.echo(f"warning: {warning}")
    if check:
        click.echo(f"{file}: {len(found.people)} people, no mistakes")
        return
    with opened(settings) as store:
        gone = store.run(lambda tx: staffing.employ(tx, found.people, utc_now()))
    click.echo(f"{len(found.people)} people")
    if gone:
        click.echo(f"not in the file any more: {', '.join(one.code for one in gone)}")


@group.command(name="list")
def listing() -> None:
    """List the staff with what each has in hand."""
    settings = configuration.load()
    zone, now = ZoneInfo(settings.service.zone), utc_now()
    with opened(settings) as store:
        members, loads = store.run(lambda tx: (tx.staff.all(), tx.staff.loads()))
    codes = {one.id: one.code for one in members}
    for one in members:
        deputy = codes.get(one.deputy_id or 0, "-")
        load = f"{loads.get(one.id, 0)}/{one.load_limit}"
        reach = ", ".join((*one.kinds, *one.regions, *one.skills)) or "everything"
        cells = (wide(one.code, 8), wide(one.name, 12), wide(one.role, 11), wide(load, 7), wide(deputy, 8))
        click.echo("  ".join((*cells, wide(_state(one, now, zone), 22), reach)).rstrip())
    if not members:
        click.echo("there is no staff: python -m bot staff import FILE.yml")


@group.command()
@click.argument("code")
@click.option("--until", required=True, help="The last day (2026-03-10), or a moment (2026-03-10T14:00).")
def away(code: str, until: str) -> None:
    """Somebody is away: they get no orders, and the ones they have go to their deputy."""
    from handlers.dispatch import staffing

    settings, now = configuration.load(), utc_now()
    end = _end(until, ZoneInfo(settings.service.zone))
    if end <= now:
        raise click.BadParameter(f"{until} is past", param_hint="--until")
    with opened(settings) as store:
        member = _find(store, code)
        count = store.run(lambda tx: staffing.leave(tx, member, end, now))
    click.echo(f"{member.code} is away; {count} orders go to others as the desk's clock ticks")


@group.command()
@click.argument("code")
def back(code: str) -> None:
    """Somebody is there again."""
    from handlers.dispatch import staffing

    settings = configuration.load()
    with opened(settings) as store:
        member = _find(store, code)
        store.run(lambda tx: staffing.come_back(tx, member, utc_now()))
    click.echo(f"{member.code} is back")


def _find(store: Store, code: str) -> Member:
    found = store.run(lambda tx: tx.staff.find(code.strip()))
    if found is None or not found.active:
        raise click.ClickException(f"nobody of the staff has the code {code}")
    return found


def _end(until: str, zone: ZoneInfo) -> datetime:
    try:
        if "T" in until:
            moment = datetime.fromisoformat(until)
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
        day = datetime.strptime(until, "%Y-%m-%d").date()  # noqa: DTZ007 - a day of the service's zone
    except ValueError:
        raise click.BadParameter(
            f"'{until}' is no day; write 2026-03-10 or 2026-03-10T14:00", param_hint="--until"
        ) from None
    return datetime.combine(day + timedelta(days=1), time(), zone)


def _state(member: Member, now: datetime, zone: ZoneInfo) -> str:
    if not member.active:
        return "gone"
    if member.there(now) or member.away_until is None:
        return member.shift or "always"
    return f"away till {member.away_until.astimezone(zone):%m-%d %H:%M}"
