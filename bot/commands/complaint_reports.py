"""`python -m bot complaints register` and `rates`: a month of complaints as data (H3)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from bot import settings as configuration
from bot.commands.kb_desk import opened, utc_now
from bot.settings import Settings
from storage.complaints import Wanted


@click.command()
@click.option("--month", required=True, help="2026-11")
@click.option("--format", "form", type=click.Choice(("csv", "xlsx")), default="csv", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: complaints-MONTH.csv")
@click.option(
    "--language", type=click.Choice(("zh", "en")), help="Of headings and words; default: the service's."
)
@click.option("--full", is_flag=True, help="With names and phone numbers.")
@click.option("--force", is_flag=True, help="Write over the file.")
def register(month: str, form: str, out: Path | None, language: str | None, full: bool, force: bool) -> None:
    """Write the register of a month into a file; who complained is masked."""
    from bot.app import context_maker
    from bot.commands import writing
    from bot.complaints import register as registers
    from nlu.privacy import redact

    settings, now = configuration.load(), utc_now()
    since, until = month_given(month, settings)
    file = out or Path(f"complaints-{month}.{form}")
    writing.wanted(file, force)
    tongue, zone = language or settings.service.language, settings.service.zone
    context = context_maker(settings)(now)
    hide: Callable[[str], str] | None = None if full else lambda text: redact(text, context)
    with opened(settings) as store:
        found = registers.all_complaints(store, Wanted(since, until))
        rows = (registers.row(one, tongue, zone, now, hide) for one in found)
        count = writing.table(file, form, registers.headings(tongue), rows)
    click.echo(f"{file}: {count} complaints")


@click.command()
@click.option("--month", required=True, help="2026-11")
@click.option("--json", "as_json", is_flag=True)
def rates(month: str, as_json: bool) -> None:
    """Complaints of a month per 100 orders, by product and by responsible unit."""
    from bot.complaints.register import rates as counted

    settings = configuration.load()
    since, until = month_given(month, settings)
    with opened(settings) as store:
        found = store.run(lambda tx: counted(tx, since, until))
    if as_json:
        click.echo(json.dumps({"month": month, **found}, ensure_ascii=False, indent=2))
        return
    click.echo(f"{found['complaints']} complaints, {found['orders']} orders: {_rate(found['per_100'])}")
    for group_name in ("products", "units"):
        for line in found[group_name]:
            name = line.get("product") or line.get("unit") or "-"
            click.echo(f"{name:<20} {line['complaints']:>6}  {_rate(line['per_100'])}")


def month_given(words: str, settings: Settings) -> tuple[datetime, datetime]:
    """The month of an option, on the service's clock; says what is wrong with it."""
    from bot.complaints.register import month_of

    try:
        return month_of(words, settings.service.zone)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--month") from None


def _rate(per_100: float | None) -> str:
    return "no orders" if per_100 is None else f"{per_100} per 100 orders"
