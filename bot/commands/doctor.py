"""`python -m bot doctor`: what would go wrong, before it does."""

from __future__ import annotations

import asyncio
import sys

import click

from bot import settings as configuration
from bot.diagnosis import examine


@click.command()
@click.option("--offline", is_flag=True, help="Ask neither the platforms nor the advisor.")
def doctor(offline: bool) -> None:
    """Check settings, database, model, packages, clock and channel credentials."""
    settings = configuration.load()
    click.echo("ok      settings")
    failed = False
    for finding in asyncio.run(examine(settings, offline)):
        failed = failed or finding.state == "FAILED"
        click.echo(f"{finding.state:<7} {finding.subject}{': ' + finding.detail if finding.detail else ''}")
    sys.exit(1 if failed else 0)
