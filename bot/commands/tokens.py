"""`python -m bot tokens`: tokens of the API."""

from __future__ import annotations

from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

import click

from bot import settings as configuration
from bot.api.settings import Role, Scope
from bot.commands.kb_desk import opened, utc_now
from bot.settings import Settings


@click.group(name="tokens")
def group() -> None:
    """Make and look at tokens of the HTTP API."""


@group.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(get_args(Scope)),
              help="What it may do; may be given several times.")  # fmt: skip
@click.option("--as", "role", type=click.Choice(get_args(Role)), default="agent", show_default=True,
              help="In which capacity it moves orders.")  # fmt: skip
@click.option("--expires", metavar="DATE", help="The last day on which it is good, e.g. 2027-06-30.")
@click.option("--per-minute", type=click.IntRange(1), help="Requests it may make; default: api.per_minute.")
def new(name: str, scopes: tuple[str, ...], role: str, expires: str | None, per_minute: int | None) -> None:
    """Make a token for the program NAME: shown once, with the line that lets it in."""
    from pydantic import ValidationError

    from bot.api.settings import ApiToken
    from bot.api.tokens import digest, new_token

    token = new_token()
    given = {"name": name, "sha256": digest(token), "scopes": tuple(dict.fromkeys(scopes)), "role": role}
    limits = {"expires": expires, "per_minute": per_minute}
    limits = {key: value for key, value in limits.items() if value is not None}
    try:
        row = ApiToken.model_validate({**given, **limits})
    except ValidationError as problem:
        named = problem.errors()[0]["loc"] == ("name",)
        why = "1 to 31 small letters, digits, _ and -, e.g. crm" if named else "a day: 2027-06-30"
        raise click.BadParameter(why, param_hint="NAME" if named else "--expires") from None
    told = ", ".join(f'"{scope}"' for scope in row.scopes)
    rest = "".join(f", {key}: {value}" for key, value in limits.items())
    click.echo(f"The token, shown this once: {token}")
    click.echo("Its line under api.tokens in config.yaml (only its hash is kept; see docs/api.md):")
    click.echo(
        f'    - {{name: "{row.name}", sha256: "{row.sha256}", scopes: [{told}], role: {row.role}{rest}}}'
    )


@group.command(name="list")
def list_() -> None:
    """List the tokens of config.yaml; taking a line out revokes its token at the next start."""
    settings = configuration.load()
    zone, now = settings.service.zone, utc_now()
    uses = _uses(settings) if settings.api.tokens else {}
    for one in settings.api.tokens:
        used = uses.get(one.name)
        limit = one.per_minute or settings.api.per_minute
        until = one.good_until(zone)
        expiry = "" if until is None else f"; {'expired' if now >= until else 'good until'} {one.expires}"
        told = f"{used.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if used else "never"
        click.echo(
            f"{one.name}: {', '.join(one.scopes)}; as {one.role}; sha256 {one.sha256[:12]}…; "
            f"{limit or 'no limit of'} requests a minute{expiry}; last used {told}"
        )
    if not settings.api.tokens:
        click.echo("no tokens")
    elif not settings.api.enabled:
        click.echo("the API is off (api.enabled)")


def _uses(settings: Settings) -> dict[str, datetime]:
    with opened(settings) as store:
        return store.run(lambda tx: tx.tokens.uses())
