"""`python -m bot chat`: a customer at this terminal."""

from __future__ import annotations

import asyncio
import sys

import click

from bot import settings as configuration


@click.command()
@click.option("--language", type=click.Choice(["zh", "en"]), help="The first words' language.")
@click.option("--as", "peer", default="local", show_default=True, help="Whose conversation to continue.")
def chat(language: str | None, peer: str) -> None:
    """Talk to the desk in the terminal; works beside a running desk."""
    from bot.commands.run import prepare_database
    from bot.logs import set_up

    settings = configuration.load()
    set_up("error", settings.logging.format)
    prepare_database(settings)
    asyncio.run(_chat(settings, language or settings.service.language, peer))


async def _chat(settings: configuration.Settings, language: str, peer: str) -> None:
    from bot.app import build, utc_now
    from bot.channels.terminal import TerminalChannel, typed_lines
    from bot.sheet.pictures import SheetPictures
    from storage import open_store
    from storage.records import SHEETS

    interactive = sys.stdin.isatty()
    store = open_store(settings.database_url, settings.database.pool_size)
    sheets = SheetPictures.from_settings(settings, store, utc_now)
    channel = TerminalChannel(
        _write, utc_now, settings.service.name, language=language, peer=peer, interactive=interactive,
        pictures=sheets.fetch, folder=settings.data_path / SHEETS,
    )  # fmt: skip
    app = build(settings, store=store, channels=[channel])
    await app.start()
    try:
        await channel.run(app.desk, typed_lines())
    finally:
        await app.close_intake()
        await app.stop()


def _write(text: str) -> None:
    click.echo(text, nl=False)
    sys.stdout.flush()
