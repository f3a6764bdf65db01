"""`python -m bot webhooks`: who is told of orders and customers, and what did not arrive."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import click

from bot import settings as configuration
from bot.commands.kb_desk import opened, utc_now


@click.group(name="webhooks")
def group() -> None:
    """Look after what other programs are told of orders."""


@group.command()
@click.argument("name")
@click.argument("url")
def new(name: str, url: str) -> None:
    """Make a secret for the receiver NAME at URL, and the row that tells it of everything."""
    from pydantic import ValidationError

    from bot.webhooks.signing import new_secret
    from handlers.webhooks.settings import Receiver

    secret = new_secret()
    try:
        Receiver.model_validate({"name": name, "url": url, "secret": secret})
    except ValidationError as problem:
        first = problem.errors(include_input=False, include_url=False)[0]
        wrong_name = "1 to 31 small letters, digits, _ and -, e.g. crm"
        why = wrong_name if first["loc"] == ("name",) else first["msg"].removeprefix("Value error, ")
        raise click.BadParameter(why, param_hint=str(first["loc"][0]).upper()) from None
    click.echo("Its row under webhooks.receivers in config.yaml (docs/api.md):")
    click.echo(f'    - {{name: "{name}", url: {json.dumps(url)}, secret: "{secret}"}}')


@group.command(name="list")
@click.option("--receiver", help="Only what is for this one.")
@click.option("--state", type=click.Choice(("pending", "given_up")))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def listing(receiver: str | None, state: str | None, limit: int) -> None:
    """List the receivers, and what has not arrived there."""
    settings = configuration.load()
    zone = ZoneInfo(settings.service.zone)
    with opened(settings) as store:
        counts, rows = store.run(
            lambda tx: (tx.webhooks.counts(), tx.webhooks.unsent(limit, receiver, state))
        )
    known = settings.webhooks.by_name
    for name in sorted({*known, *(whose for whose, _ in counts)}):
        found = [f"{state} {count}" for (whose, state), count in sorted(counts.items()) if whose == name]
        where = known[name].url if name in known else "not configured any more"
        click.echo(f"{name}: {where}  {'  '.join(found) or 'nothing yet'}")
    for row in rows:
        due = f"next {row.due_at.astimezone(zone):%Y-%m-%d %H:%M}" if row.state == "pending" else "given up"
        cells = (
            str(row.id),
            row.receiver,
            row.event,
            row.key,
            due,
            f"{row.attempts} tries",
            row.reason or "",
        )
        click.echo("\t".join(cells).rstrip())
    if not known and not counts:
        click.echo("no receivers")


@group.command()
@click.argument("ids", nargs=-1, type=int)
@click.option("--receiver", help="Everything that was given up for this one.")
def retry(ids: tuple[int, ...], receiver: str | None) -> None:
    """Try given-up deliveries again, by their ids or all of a receiver."""
    if bool(ids) == (receiver is not None):
        raise click.UsageError("give either ids or --receiver NAME")
    with opened(configuration.load()) as store:
        if receiver is not None:
            rows = store.run(lambda tx: tx.webhooks.unsent(100_000, receiver, "given_up"))
            ids = tuple(row.id for row in rows)
        count = store.run(lambda tx: tx.webhooks.retry(ids, utc_now())) if ids else 0
    click.echo(f"{count} deliveries are tried again")
