"""`python -m bot kb list|show|publish|retire`: the versions of articles in the database."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from bot import settings as configuration
from bot.commands.kb_desk import actor_option, catalogue_of, opened, utc_now
from bot.settings import Settings

if TYPE_CHECKING:
    from storage.articles import ArticleVersion

_LANGUAGE = click.option("--language", type=click.Choice(["zh", "en"]), help="Default: every language.")
_VERSION = click.option("--version", "version", help="Default: see above.")


@click.command(name="list")
@click.option("--state", type=click.Choice(["draft", "review", "published", "retired"]))
@_LANGUAGE
@click.option("--all", "every", is_flag=True, help="Every version, not only the newest.")
@click.option("--json", "as_json", is_flag=True)
def list_(state: str | None, language: str | None, every: bool, as_json: bool) -> None:
    """List the articles in the database; a * marks the versions that the desk quotes today."""
    from bot.knowledge.exporting import newest
    from bot.knowledge.versions import quoted

    settings = configuration.load()
    with opened(settings) as store:
        known = store.run(lambda tx: tx.articles.all(language=language))
    quoting = quoted(known, _local(settings, utc_now()).date())
    shown = [v for v in known if every or v in newest(known) or v.key in quoting]
    shown = [v for v in shown if state in (None, v.state)]
    if as_json:
        click.echo(json.dumps([_told(v, v.key in quoting) for v in shown], ensure_ascii=False, indent=2))
        return
    for one in shown:
        mark = "*" if one.key in quoting else " "
        click.echo(f"{mark} {one.article:32} {one.language}  v{one.version:<6} {one.state:10} {one.title}")
    if not known:
        click.echo("no articles in the database: the desk quotes those of the folder (`kb check`)")


@click.command()
@click.argument("article")
@_LANGUAGE
@_VERSION
def show(article: str, language: str | None, version: str | None) -> None:
    """Show ARTICLE: its text (the newest version unless --version is given) and what was done with it."""
    from bot.knowledge.exporting import newest
    from bot.knowledge.versions import NoSuchArticle, versions_of

    settings = configuration.load()
    with opened(settings) as store:
        try:
            found, events = store.run(
                lambda tx: (versions_of(tx, article, language, version), tx.articles.events(article))
            )
        except NoSuchArticle as problem:
            raise click.ClickException(str(problem)) from None
    for one in newest(found):
        click.echo(f"=== {one.article} {one.language} v{one.version} ({one.state}), {one.file}")
        click.echo(one.text.rstrip())
        click.echo()
    for event in events:
        at = f"{_local(settings, event.at):%Y-%m-%d %H:%M}"
        click.echo(f"{at}  {event.language} v{event.version:<6} {event.action:10} {event.actor}")


@click.command()
@click.argument("article")
@_LANGUAGE
@_VERSION
@actor_option
def publish(article: str, language: str | None, version: str | None, actor: str) -> None:
    """Publish ARTICLE: its newest version in every language, or the one given. The desk quotes it soon."""
    from bot.knowledge.shelf import quotes_folder
    from bot.knowledge.versions import NoSuchArticle, NotPublishable
    from bot.knowledge.versions import publish as publishing

    settings, now = configuration.load(), utc_now()
    with opened(settings) as store:
        try:
            done = store.run(
                lambda tx: publishing(tx, article, actor, now, language, version, catalogue_of(settings))
            )
        except (NoSuchArticle, NotPublishable) as problem:
            raise click.ClickException(str(problem)) from None
        apart = store.run(lambda tx: quotes_folder(tx, settings.understanding.articles_from))
    _say(done, "published")
    if apart:
        click.echo("but the desk quotes its folder of articles until one is imported: `kb import FOLDER`")


@click.command()
@click.argument("article")
@_LANGUAGE
@_VERSION
@actor_option
def retire(article: str, language: str | None, version: str | None, actor: str) -> None:
    """Retire ARTICLE: every version, or the one given. The desk stops quoting it soon."""
    from bot.knowledge.versions import NoSuchArticle
    from bot.knowledge.versions import retire as retiring

    now = utc_now()
    with opened(configuration.load()) as store:
        try:
            done = store.run(lambda tx: retiring(tx, article, actor, now, language, version))
        except NoSuchArticle as problem:
            raise click.ClickException(str(problem)) from None
    _say(done, "retired")


COMMANDS = (list_, show, publish, retire)


def _say(done: list[ArticleVersion], state: str) -> None:
    for one in done:
        click.echo(f"{state}: {one.article} {one.language} v{one.version}")
    if not done:
        click.echo(f"nothing to do: it is {state} already")


def _told(one: ArticleVersion, quoted: bool) -> dict[str, object]:
    return {
        "article": one.article, "language": one.language, "version": one.version, "state": one.state,
        "title": one.title, "file": one.file, "quoted": quoted, "created_at": one.created_at.isoformat(),
        "created_by": one.created_by,
    }  # fmt: skip


def _local(settings: Settings, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(settings.service.zone))
