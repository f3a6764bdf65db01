"""`python -m bot nlu`: train, test and try the understanding of messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import settings as configuration
from bot.commands.kb_desk import catalogue_of, opened, utc_now
from bot.commands.nlu_details import test_details
from bot.commands.nlu_test import test
from bot.commands.progress import progress
from bot.settings import Settings

if TYPE_CHECKING:
    from nlu.context import Context
    from nlu.interpreter import Interpreter
    from nlu.training_data import TrainingData


@click.group(name="nlu")
def group() -> None:
    """Train, test and try the understanding of messages."""


group.add_command(test)
group.add_command(test_details)


@group.command()
def train() -> None:
    """Build what the next start needs: the model from the examples, the index of the articles in use."""
    from bot.knowledge.shelf import Shelf
    from nlu.interpreter import EXAMPLES
    from nlu.knowledge import KnowledgeError

    settings = configuration.load()
    data = _data(settings.understanding.examples or EXAMPLES)
    for warning in data.warnings:
        click.echo(f"warning: {warning}")
    interpreter = _interpreter(settings)
    click.echo(f"{len(data.examples)} examples of {len(interpreter.model.classes)} intents: trained")
    try:
        with opened(settings) as store, progress("indexing") as told:
            base = Shelf(settings, store, interpreter.encoder, utc_now, catalogue_of(settings), told).current
    except KnowledgeError as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{len(base.articles)} articles: indexed")


@group.command()
@click.argument("text")
def parse(text: str) -> None:
    """Show what is understood of TEXT, in Rasa's form."""
    from nlu.hazards import hazard

    settings = configuration.load()
    found = _interpreter(settings).parse(text, _context(settings))
    extra = {"language": found.language, "in_scope": found.in_scope, "hazard": hazard(text)}
    click.echo(json.dumps({**found.as_rasa(), **extra}, ensure_ascii=False, indent=2))


def _data(path: Path) -> TrainingData:
    from nlu import training_data

    try:
        return training_data.load(path)
    except training_data.TrainingDataError as problem:
        raise click.ClickException(str(problem)) from None


def _interpreter(settings: Settings) -> Interpreter:
    from bot.understanding import open_interpreter
    from nlu.training_data import TrainingDataError

    try:
        with progress("training") as told:
            return open_interpreter(settings, told)
    except (TrainingDataError, ValueError) as problem:
        raise click.ClickException(str(problem)) from None


def _context(settings: Settings) -> Context:
    from nlu.context import Context

    service = settings.service
    return Context(utc_now(), service.zone, tuple(service.countries), service.language)
