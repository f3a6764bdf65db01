"""`python -m bot kb`: check, search, import and export the knowledge base."""

from __future__ import annotations

from pathlib import Path

import click

from bot import settings as configuration
from bot.commands import kb_reports, kb_versions
from bot.commands.kb_desk import actor_option, catalogue_of, opened, utc_now
from bot.commands.progress import progress

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(name="kb")
def group() -> None:
    """Look after the knowledge base: articles, their versions, what customers made of them."""


@group.command()
@click.argument("folder", required=False, type=_FOLDER)
def check(folder: Path | None) -> None:
    """Read every article of FOLDER (default: the desk's own) and name what is wrong, with file and line."""
    from nlu.collection import read_folder
    from nlu.knowledge import ARTICLES

    settings = configuration.load()
    collection = read_folder(folder or settings.understanding.articles or ARTICLES, catalogue_of(settings))
    for problem in collection.problems:
        click.echo(str(problem), err=True)
    for warning in collection.warnings():
        click.echo(f"warning: {warning}", err=True)
    found = collection.articles
    hotline = settings.service.hotline
    for article in found:
        if any(hotline in text for text in (article.answer, *article.steps)):
            click.echo(
                f"warning: {article.id} ({article.language}): write {{hotline}} for {hotline}", err=True
            )
    states = {state: sum(a.state == state for a in found) for state in dict.fromkeys(a.state for a in found)}
    click.echo(
        f"{len(found)} articles: " + (", ".join(f"{n} {state}" for state, n in states.items()) or "none")
    )
    if collection.problems:
        raise click.ClickException(f"{len(collection.problems)} problems")


@group.command()
@click.argument("text")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Default: the language of TEXT.")
@click.option("--product", help="What it is about, e.g. refrigerator.")
@click.option("--limit", type=click.IntRange(min=1), default=3, show_default=True)
def search(text: str, language: str | None, product: str | None, limit: int) -> None:
    """Show the articles nearest to TEXT; a * marks those that would be given as the answer."""
    from bot.knowledge.shelf import Shelf
    from nlu.encoder import SentenceEncoder
    from nlu.knowledge import KnowledgeError
    from nlu.language import detect

    settings = configuration.load()
    catalogue = catalogue_of(settings)
    if product is not None and product not in catalogue.names["products"]:
        raise click.BadParameter(
            param_hint="--product", message=f"expected one of {', '.join(catalogue.names['products'])}"
        )
    try:
        with opened(settings) as store:
            encoder = SentenceEncoder.load(settings.data_path / "model")
            with progress("indexing") as told:
                base = Shelf(settings, store, encoder, utc_now, catalogue, told).current
    except KnowledgeError as problem:
        raise click.ClickException(str(problem)) from None
    for hit in base.search(text, language or detect(text, settings.service.language), product, limit):
        mark = "*" if hit.confident else " "
        click.echo(f"{mark} {hit.score:.2f}  {hit.article.id} v{hit.article.version}  {hit.article.title}")


@group.command(name="import")
@click.argument("folder", type=_FOLDER)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@actor_option
def import_(folder: Path, dry_run: bool, actor: str) -> None:
    """Put the articles of FOLDER into the database: all of them, or none where one has a mistake."""
    from bot.knowledge.importing import carry_out, incoming, plan
    from nlu.knowledge import KnowledgeError

    settings, now = configuration.load(), utc_now()
    try:
        found, warnings = incoming(folder, actor, now, catalogue_of(settings))
        with opened(settings) as store:
            if dry_run:
                made = store.run(lambda tx: plan(tx, found, warnings))
            else:
                made = store.run(lambda tx: carry_out(tx, found, actor, now, warnings))
    except KnowledgeError as problem:
        for one in problem.problems:
            click.echo(str(one), err=True)
        raise click.ClickException(f"{len(problem.problems)} problems; nothing was imported") from None
    for warning in made.warnings:
        click.echo(f"warning: {warning}", err=True)
    for change in made.changes:
        click.echo(str(change))
    counts = {action: sum(c.action == action for c in made.changes) for action in _actions(made.changes)}
    told = [*(f"{n} {action}" for action, n in counts.items()), f"{made.unchanged} unchanged"]
    click.echo(("nothing was imported; it would be: " if dry_run else "") + ", ".join(told))


@group.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--state", "states", multiple=True, type=click.Choice(["draft", "review", "published", "retired"]),
    help="Only articles in this state (may be given several times).",
)  # fmt: skip
def export(folder: Path, states: tuple[str, ...]) -> None:
    """Write the newest version of every article into FOLDER (new or empty), as it was imported."""
    from bot.knowledge.exporting import ExportProblem, collect, write

    with opened(configuration.load()) as store:
        files = store.run(lambda tx: collect(tx, states))
    if not files.articles:
        raise click.ClickException("the database has no such articles; `kb import FOLDER` puts some there")
    try:
        write(files, folder)
    except ExportProblem as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{files.articles} articles written to {folder}")


def _actions(changes: tuple[object, ...]) -> list[str]:
    return list(dict.fromkeys(str(getattr(change, "action", "")) for change in changes))


for command in (*kb_versions.COMMANDS, *kb_reports.COMMANDS):
    group.add_command(command)
