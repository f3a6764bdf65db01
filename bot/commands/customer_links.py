"""`python -m bot customers link` and `unlink`: the staff joins and parts identities of one customer (A3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from bot.commands.customer_meant import meant
from bot.commands.kb_desk import actor_option, opened, utc_now

reason_option = click.option("--reason", required=True, help="Why, for the record; without personal data.")


@click.command()
@click.argument("who")
@click.argument("other")
@reason_option
@actor_option
def link(who: str, other: str, reason: str, actor: str) -> None:
    """Make WHO and OTHER one customer; the older record stays.

    Only where you know that they are one person: each chat then sees the other's orders. Both are told.
    """
    from handlers.identities import joining

    _checked(reason)
    with meant(who, other) as (store, _settings, (one, two)):
        try:
            done = store.run(lambda tx: joining.join(tx, one, two, "staff", actor, reason, utc_now()))
        except joining.Refused as problem:
            raise click.ClickException(f"not linked: {problem}") from None
    if done is None:
        raise click.ClickException(f"both are customer {one}")
    click.echo(
        f"customer {done.join.joined_id} is part of customer {done.customer_id} now (link {done.join.id})"
    )


@click.command()
@click.argument("number", metavar="LINK", type=click.IntRange(min=1))
@reason_option
@actor_option
def unlink(number: int, reason: str, actor: str) -> None:
    """Part two customers again; LINK is the link's number, as `show` tells it.

    Chats, orders and devices go back to whom they began with, also those that came since.
    """
    from bot import settings as configuration
    from handlers.identities import joining

    _checked(reason)
    with opened(configuration.load()) as store:
        join = store.run(lambda tx: tx.identities.find(number))
        if join is None:
            raise click.ClickException(f"there is no link {number}")
        if not store.run(lambda tx: joining.undo(tx, join, actor, reason, utc_now())):
            raise click.ClickException(f"link {number} does not hold any more")
    click.echo(f"customer {join.joined_id} stands alone again")


def shown(row: Mapping[str, Any], full: bool) -> str:
    """One link as `show` tells it; what was written down of it only in full."""
    told = f"link {row['id']}: customer {row['joined_id']} is part of customer {row['kept_id']}"
    told += f", by {row['how']} ({row['actor']}) {row['at']:%Y-%m-%d %H:%M} UTC"
    if full and row["reason"]:
        told += f": {row['reason']}"
    if row["undone_at"]:
        told += f"; undone {row['undone_at']:%Y-%m-%d %H:%M} UTC by {row['undone_by']}"
    return told


def _checked(reason: str) -> None:
    if not 3 <= len(reason.strip()) <= 500:
        raise click.BadParameter("say why in 3 to 500 characters", param_hint="--reason")
