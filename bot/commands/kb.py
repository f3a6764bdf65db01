"""`python -m bot kb`: check and search the knowledge base."""

from __future__ import annotations

from pathlib import Path

import click

from bot import settings as configuration


@click.group(name="kb")
def group() -> None:
    """Check and search the knowledge base."""


@group.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path | None) -> None:
    """Read every article of FOLDER (default: those in use) and name what is wrong, with file and line."""
    from nlu.collection import read_folder
    from nlu.knowledge import ARTICLES

    collection = read_folder(folder or configuration.load().understanding.articles or ARTICLES)
    found, problems = collection.articles, collection.problems
    for problem in problems:
        click.echo(str(problem), err=True)
    for warning in collection.warnings():
        click.echo(f"warning: {warning}", err=True)
    states = {state: sum(a.state == state for a in found) for state in dict.fromkeys(a.state for a in found)}
    click.echo(
        f"{len(found)} articles: " + (", ".join(f"{n} {state}" for state, n in states.items()) or "none")
    )
    if problems:
        raise click.ClickException(f"{len(problems)} problems")


@group.command()
@click.argument("text")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Default: the language of TEXT.")
@click.option("--product", help="What it is about, e.g. refrigerator.")
@click.option("--limit", default=3, show_default=True)
def search(text: str, language: str | None, product: str | None, limit: int) -> None:
    """Show the articles nearest to TEXT; a * marks those that would be given as the answer."""
    from nlu.encoder import SentenceEncoder
    from nlu.knowledge import KnowledgeBase, KnowledgeError
    from nlu.language import detect

    settings = configuration.load()
    model_dir = settings.data_path / "model"
    try:
        base = KnowledgeBase.load(settings.understanding.articles, SentenceEncoder.load(model_dir), model_dir)
    except KnowledgeError as problem:
        raise click.ClickException(str(problem)) from None
    for hit in base.search(text, language or detect(text, settings.service.language), product, limit):
        mark = "*" if hit.confident else " "
        click.echo(f"{mark} {hit.score:.2f}  {hit.article.id} v{hit.article.version}  {hit.article.title}")
