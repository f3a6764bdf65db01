"""What `python -m bot orders move` does with a visit: its day and slot, read and checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import click

from bot.settings import Settings


def arranging(
    settings: Settings, move: str, day: datetime | None, slot: str | None, to: str | None, when: str | None
) -> Callable[..., Any]:
    """How such a visit is agreed upon; what does not belong together is told."""
    from bot.app import terms_of
    from handlers.visits_arranged import VISITS, arrange, wished

    if move not in VISITS:
        raise click.UsageError(f"--day and --slot go with {' and '.join(VISITS)}")
    if (day is None) != (slot is None):
        raise click.UsageError("--day and --slot go together")
    if to or when:
        raise click.UsageError("a visit takes neither --to nor --when, but --day and --slot")
    try:
        wish = wished(day.date(), slot, settings.service.zone) if day and slot else None
    except ValueError as problem:
        raise click.BadParameter(f"'{slot}': {problem}", param_hint="--slot") from None
    return partial(arrange, terms=terms_of(settings), name=move, wish=wish)
