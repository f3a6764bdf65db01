"""`python -m bot demo`: a year of orders to look at."""

from __future__ import annotations

import time

import click

from bot import settings as configuration
from bot.commands.kb_desk import opened, utc_now
from bot.commands.progress import progress


@click.command()
@click.option("--orders", default=20_000, show_default=True, type=click.IntRange(1, 200_000))
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same year.")
def demo(orders: int, seed: int) -> None:
    """Fill an empty database with a plausible year of orders, customers, staff and surveys."""
    from bot.app import rules_of
    from bot.demo_year.writing import NotEmpty, fill

    settings = configuration.load()
    began = time.monotonic()
    try:
        with opened(settings) as store, progress("a year of orders") as told:
            written = fill(store, rules_of(settings), utc_now(), orders, seed, told)
    except NotEmpty:
        raise click.ClickException(
            "the database has orders already; a year is only written into an empty one (BOT__DATA_DIR=folder)"
        ) from None
    click.echo(f"{written} orders in {time.monotonic() - began:.0f} s. Try: python -m bot orders list")
