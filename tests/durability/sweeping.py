"""The clock in a process that will be killed: the real jobs and voice, over and over."""

from __future__ import annotations

import asyncio
from multiprocessing.connection import Connection

from bot.dialogue import Dialogue
from bot.settings import Settings
from bot.voice import DeskVoice
from scheduler import Clockwork, jobs
from scheduler.rules import Rules
from storage import open_store
from tests.conftest import NOON


def sweep(connection: Connection, url: str) -> None:
    """The child's main function: says when it begins, then works off what is due until it is killed."""
    asyncio.run(_sweep(connection, url))


async def _sweep(connection: Connection, url: str) -> None:
    voice = DeskVoice(Dialogue.load(Settings()))
    works = jobs(Rules())
    clockwork = Clockwork(open_store(url), lambda: NOON, voice, works)
    connection.send("begins")
    while True:
        for job in works:
            await clockwork.run(job)
        await asyncio.sleep(0.01)
