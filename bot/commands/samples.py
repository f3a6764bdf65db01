"""`python -m bot samples`: the weekly sample of closed orders for quality review (F7)."""

from __future__ import annotations

import click

from bot import settings as configuration
from bot.commands.kb_desk import actor_option, opened, utc_now


@click.group(name="samples")
def group() -> None:
    """Review one order in ten of a week: drawn at random, the same for everybody."""


@group.command(name="list")
@click.option("--period", help="A week: 2026-W47; default: the newest drawn.")
@click.option("--open", "is_open", is_flag=True, help="Only those that nobody has reviewed.")
def list_(period: str | None, is_open: bool) -> None:
    """List the drawn orders with their scores."""
    with opened(configuration.load()) as store:
        found = store.run(lambda tx: tx.reports.samples(period))
    if period is None and found:
        found = [one for one in found if one.period == found[0].period]
    for one in found:
        if is_open and one.reviewed_at:
            continue
        score = "-" if one.score is None else str(one.score)
        said = f"{one.reviewer or ''}  {one.note or ''}"
        click.echo(f"{one.period}  {one.number}  {one.kind:<12}  {score:>3}  {said}".rstrip())
    reviewed = sum(one.reviewed_at is not None for one in found)
    click.echo(f"{len(found)} drawn, {reviewed} reviewed" if found else "nothing was drawn")


@group.command()
@click.argument("number")
@click.option("--score", required=True, type=click.IntRange(0, 100))
@click.option("--note", default="", help="What was good or bad.")
@actor_option
def review(number: str, score: int, note: str, actor: str) -> None:
    """Keep what the review of NUMBER said; a later one takes its place."""
    with opened(configuration.load()) as store:
        found = store.run(lambda tx: tx.reports.samples(number=number.strip().upper()))
        if not found:
            raise click.ClickException(f"{number} was not drawn: python -m bot samples list")
        store.run(lambda tx: tx.reports.review(found[0], score, note.strip()[:2000], actor, utc_now()))
    click.echo(f"{found[0].number}: {score}")
