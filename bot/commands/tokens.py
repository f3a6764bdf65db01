"""`python -m bot tokens`: tokens of the API."""

from __future__ import annotations

from typing import get_args

import click

from bot import settings as configuration
from bot.api.settings import Role, Scope


@click.group(name="tokens")
def group() -> None:
    """Make and look at tokens of the HTTP API."""


@group.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(get_args(Scope)),
              help="What it may do; may be given several times.")  # fmt: skip
@click.option("--as", "role", type=click.Choice(get_args(Role)), default="agent", show_default=True,
              help="In which capacity it moves orders.")  # fmt: skip
def new(name: str, scopes: tuple[str, ...], role: str) -> None:
    """Make a token for the program NAME: shown once, with the line that lets it in."""
    from pydantic import ValidationError

    from bot.api.settings import ApiToken
    from bot.api.tokens import digest, new_token

    token = new_token()
    try:
        row = ApiToken.model_validate(
            {"name": name, "sha256": digest(token), "scopes": tuple(dict.fromkeys(scopes)), "role": role}
        )
    except ValidationError:
        raise click.BadParameter(
            "1 to 31 small letters, digits, _ and -, e.g. crm", param_hint="NAME"
        ) from None
    told = ", ".join(f'"{scope}"' for scope in row.scopes)
    click.echo(f"The token, shown this once: {token}")
    click.echo("Its line under api.tokens in config.yaml (only its hash is kept; see docs/api.md):")
    click.echo(f'    - {{name: "{row.name}", sha256: "{row.sha256}", scopes: [{told}], role: {row.role}}}')


@group.command(name="list")
def list_() -> None:
    """List the tokens of config.yaml; taking a line out revokes its token at the next start."""
    settings = configuration.load()
    for one in settings.api.tokens:
        click.echo(f"{one.name}: {', '.join(one.scopes)}; as {one.role}; sha256 {one.sha256[:12]}…")
    if not settings.api.tokens:
        click.echo("no tokens")
    elif not settings.api.enabled:
        click.echo("the API is off (api.enabled)")
