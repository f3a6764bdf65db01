"""What the commands of `python -m bot kb` share: the database, the clock, who is asking."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from bot.commands.run import prepare_database
from bot.knowledge.things import take_over
from bot.settings import Settings
from nlu.catalogue import Catalogue, in_use
from storage import Store, open_store


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The configured database, its schema at the newest; closed at the end."""
    prepare_database(settings)
    store = open_store(settings.database_url, settings.database.pool_size)
    try:
        take_over(store)
        yield store
    finally:
        store.close()


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def catalogue_of(settings: Settings) -> Catalogue:
    """The catalogue whose codes articles may use."""
    return in_use()


def _login() -> str:
    try:
        return getpass.getuser()[:64]
    except (OSError, KeyError, ImportError):
        return "operator"


actor_option = click.option(
    "--by", "actor", default=_login, help="Who does this, for the record (default: your login name)."
)
