"""`python -m bot outbox`: messages that did not simply arrive."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from bot import settings as configuration
from storage import open_store


@click.group(name="outbox")
def group() -> None:
    """See and retry messages to customers that were not delivered."""


@group.command(name="list")
@click.option("--limit", default=50, show_default=True)
def show(limit: int) -> None:
    """List messages whose outcome is unknown or that could not be delivered."""
    store = open_store(configuration.load().database_url)
    try:
        counts, rows = store.run(lambda tx: (tx.outbox.counts(), tx.outbox.stuck(limit)))
    finally:
        store.close()
    click.echo("  ".join(f"{state}: {count}" for state, count in sorted(counts.items())) or "outbox empty")
    for row in rows:
        click.echo(
            f"{row.id}\t{row.state}\t{row.channel}\tconversation {row.conversation_id}\t{row.reason or ''}"
        )


@group.command()
@click.argument("ids", nargs=-1, required=True, type=int)
def retry(ids: tuple[int, ...]) -> None:
    """Send these messages again (a message whose outcome is unknown may arrive twice)."""
    store = open_store(configuration.load().database_url)
    try:
        for row_id in ids:
            queued = store.run(lambda tx, row_id=row_id: tx.outbox.retry(row_id, datetime.now(UTC)))  # type: ignore[misc]
            click.echo(f"{row_id}: {'queued again' if queued else 'not a stuck message'}")
    finally:
        store.close()
