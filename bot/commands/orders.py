"""`python -m bot orders`: service orders from the command line."""

from __future__ import annotations

import click

from bot.commands import order_sheet


@click.group(name="orders")
def group() -> None:
    """Look after service orders."""


group.add_command(order_sheet.sheet)
