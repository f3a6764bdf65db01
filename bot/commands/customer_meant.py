"""Which customers a command means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from bot import settings as configuration
from bot.commands.kb_desk import opened
from bot.settings import Settings
from storage import Store


@contextmanager
def meant(*who: str) -> Iterator[tuple[Store, Settings, tuple[int, ...]]]:
    """The database, and the ids of those customers; ends the command where one is not clear."""
    from bot.records.finding import Unclear, customer_id
    from handlers.records.archive import Damaged

    settings = configuration.load()
    with opened(settings) as store:
        try:
            found = [customer_id(store, settings.data_path, one, settings.service.countries) for one in who]
        except (Unclear, Damaged) as problem:
            raise click.ClickException(str(problem)) from None
        yield store, settings, tuple(found)
