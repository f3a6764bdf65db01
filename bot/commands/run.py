"""`python -m bot run`: the whole desk in one process."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from random import Random

import click

from bot import settings as configuration
from bot.settings import Settings, SettingsProblem


@click.command()
def run() -> None:
    """Start the desk: channels, HTTP, postman and clock."""
    gc.disable()  # until everything is loaded; nothing of it is garbage
    from bot.checks import check
    from bot.logs import set_up
    from bot.server import loop_factory

    settings = configuration.load()
    set_up(settings.logging.level, settings.logging.format)
    if not settings.demo:
        check(settings)
    listener = listen(settings)
    prepare_database(settings)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(serve(settings, listener))
    except KeyboardInterrupt:
        sys.exit(130)


def listen(settings: Settings) -> socket.socket:
    """The bound socket; raises SettingsProblem when the address is taken."""
    host, port = settings.http.host, settings.http.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        raise SettingsProblem(f"http.port: cannot listen on {host}:{port} ({problem.strerror})") from None
    return listener


def prepare_database(settings: Settings) -> None:
    """SQLite is brought to the newest schema; another database must be there already."""
    from storage import StoreProblem, migrations
    from storage.database import open_engine

    engine = open_engine(settings.database_url)
    try:
        current = migrations.current(engine)
        if current == migrations.head():
            return
        if engine.dialect.name == "sqlite":
            migrations.upgrade(engine)
            return
    except Exception as problem:
        raise StoreProblem(f"database.url: cannot use the database ({type(problem).__name__})") from problem
    finally:
        engine.dispose()
    raise StoreProblem("the database's schema is not up to date: run `python -m bot db upgrade`")


async def serve(settings: Settings, listener: socket.socket) -> None:
    """Run until SIGTERM or SIGINT; then close intake, finish what is under way, and return."""
    from bot.app import build, utc_now
    from bot.banner import banner
    from bot.server import Server, configured

    port = listener.getsockname()[1]
    demo = None
    if settings.demo:
        from bot.demo import employ_staff, with_simulators

        demo = with_simulators(settings, port, utc_now, Random())
        settings = demo.settings
    app = build(settings, extra_routers=demo.routers if demo else ())
    server = Server(configured(app.web))
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells nobody that it listens
        await asyncio.sleep(0.005)
    try:
        await app.start()
        gc.freeze()  # what was loaded stays: the collector need not look through it again and again
        gc.enable()
        click.echo(banner(settings, port))
        if demo:
            await asyncio.to_thread(employ_staff, settings, app.store, utc_now())
        if demo and settings.console.enabled:
            from bot.commands.users import first_administrator

            if made := await asyncio.to_thread(first_administrator, app.store):
                click.echo(f"  Console sign-in, shown this once: {made[0]} / {made[1]}\n")
        await asyncio.wait([serving, asyncio.create_task(stopping.wait())], return_when="FIRST_COMPLETED")
    finally:
        await app.close_intake()
        if demo:
            await demo.close()
        server.should_exit = True
        await serving
        await app.stop()
