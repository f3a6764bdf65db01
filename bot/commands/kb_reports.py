"""`python -m bot kb gaps|unhelpful|draft`: what customers made of the articles, and what to write next."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot import settings as configuration
from bot.commands.kb_desk import actor_option, catalogue_of, opened, utc_now
from bot.settings import Settings

_SINCE = click.option("--since", help="From this day on (2026-03-01), or of so many days (30d).")


@click.command()
@_SINCE
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many groups.")
@click.option("--json", "as_json", is_flag=True)
def gaps(since: str | None, limit: int, as_json: bool) -> None:
    """Show the questions that had no answer, those that ask the same together, the most frequent first."""
    from bot.app import context_maker
    from bot.knowledge.feedback import gap_groups
    from nlu.encoder import SentenceEncoder

    settings = configuration.load()
    begin = _begin(settings, since)
    with opened(settings) as store:
        found = store.run(lambda tx: tx.knowledge.gaps(begin))
    groups = gap_groups(found, SentenceEncoder.load(settings.data_path / "model"), context_maker(settings))
    if as_json:
        click.echo(json.dumps([g.as_json() for g in groups[:limit]], ensure_ascii=False, indent=2))
        return
    for group in groups[:limit]:
        about = ", ".join(f"{name} {n}" for name, n in (*group.languages.items(), *group.products.items()))
        seen = group.last_seen.astimezone(ZoneInfo(settings.service.zone))
        click.echo(f"{group.count:4}  {group.question}  ({about}; last {seen:%Y-%m-%d})")
        for example in group.examples[1:]:
            click.echo(f"        {example}")
    click.echo(f"{len(found)} questions in {len(groups)} groups")


@click.command()
@_SINCE
@click.option(
    "--at-least",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Only versions rated so often.",
)
@click.option("--json", "as_json", is_flag=True)
def unhelpful(since: str | None, at_least: int, as_json: bool) -> None:
    """Show how often each version of an article did not help, the least helpful first."""
    from bot.knowledge.feedback import rates

    settings = configuration.load()
    begin = _begin(settings, since)
    with opened(settings) as store:
        found = rates(store.run(lambda tx: tx.knowledge.ratings(begin)), at_least)
    if as_json:
        click.echo(json.dumps([rate.as_json() for rate in found], ensure_ascii=False, indent=2))
        return
    for rate in found:
        total = rate.helpful + rate.not_helpful
        name = f"{rate.article} {rate.language or '-'} v{rate.version}"
        click.echo(f"{rate.unhelpful:5.0%}  {rate.not_helpful} of {total}  {name}")
    if not found:
        click.echo("no answer was rated yet")


@click.command()
@click.argument("order_number")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path),
              help="Write a file there instead of a draft in the database.")  # fmt: skip
@actor_option
def draft(order_number: str, folder: Path | None, actor: str) -> None:
    """Make the draft of an article from a solved order, without the customer's data."""
    from bot.app import context_maker
    from bot.knowledge.drafting import NotSolved
    from bot.knowledge.drafting import draft as drafting
    from bot.knowledge.importing import AlreadyThere, add_draft
    from nlu.knowledge import KnowledgeError

    settings, now = configuration.load(), utc_now()
    with opened(settings) as store:
        order = store.run(lambda tx: tx.orders.find(order_number.strip().upper()))
        if order is None:
            raise click.ClickException(f"there is no order {order_number}")
        events = store.run(lambda tx: tx.orders.events(order.id))
        try:
            name, text = drafting(order, events, context_maker(settings)(now), catalogue_of(settings), actor)
            if folder is None:
                store.run(lambda tx: add_draft(tx, text, actor, now))
                click.echo(
                    f"{name}: a draft in the database; `kb show {name}` shows it, `kb publish {name}` …"
                )
                return
            click.echo(f"{_write(folder, name, text)}: edit it, then `kb import {folder}`")
        except (NotSolved, AlreadyThere, KnowledgeError) as problem:
            raise click.ClickException(str(problem)) from None


COMMANDS = (gaps, unhelpful, draft)


def _write(folder: Path, name: str, text: str) -> Path:
    from bot.knowledge.importing import AlreadyThere

    path = folder / f"{name}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise AlreadyThere(f"{path} is there already") from None
    except OSError as problem:
        raise click.ClickException(f"{path}: cannot be written ({problem.strerror})") from None
    return path


def _begin(settings: Settings, since: str | None) -> datetime | None:
    """The moment a report begins; a day begins on the service's clock."""
    if since is None:
        return None
    zone = ZoneInfo(settings.service.zone)
    try:
        if since.endswith("d"):
            return utc_now() - timedelta(days=int(since[:-1]))
        day = datetime.fromisoformat(since).date()
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter("expected a day (2026-03-01) or a number of days (30d)") from None
