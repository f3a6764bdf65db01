"""`python -m bot db`: the database's schema."""

from __future__ import annotations

import click

from bot import settings as configuration
from storage import migrations
from storage.database import open_engine


@click.group(name="db")
def group() -> None:
    """Look after the database."""


@group.command()
def upgrade() -> None:
    """Bring the schema to the newest version."""
    engine = open_engine(configuration.load().database_url)
    before = migrations.current(engine)
    migrations.upgrade(engine)
    click.echo(f"database: {before or 'empty'} → {migrations.head()}")


@group.command()
def current() -> None:
    """Show the schema's version."""
    engine = open_engine(configuration.load().database_url)
    click.echo(f"database: {migrations.current(engine) or 'empty'}, newest: {migrations.head()}")
