"""`python -m bot action-server`: the same handlers for people who run a Rasa server."""

from __future__ import annotations

import click

from bot import settings as configuration


@click.command(name="action-server")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=5055, show_default=True)
def action_server(host: str, port: int) -> None:
    """Serve the handlers to a Rasa server (POST /webhook)."""
    import uvicorn

    from bot.action_server import build_action_server
    from bot.commands.run import prepare_database
    from bot.logs import set_up

    settings = configuration.load()
    set_up(settings.logging.level, settings.logging.format)
    prepare_database(settings)
    uvicorn.run(build_action_server(settings), host=host, port=port, log_config=None, server_header=False)
