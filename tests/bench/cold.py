"""From the start of `python -m bot run`, as a newcomer has it, to the first reply; the model is trained."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.bench.processes import Server

STARTS = 5
QUESTION = {"sender": "newcomer", "message": "我家冰箱不制冷了"}


def cold_start(folder: Path, data: Path) -> list[float]:
    """Seconds from the start of the process to the first REST reply, several times."""
    found = []
    for number in range(STARTS):
        database = f"sqlite:///{folder / f'cold-{number}.db'}"
        environment = {
            "BOT__DEMO": "true",
            "BOT__DATA_DIR": str(data),
            "BOT__DATABASE__URL": database,
            "BOT__LOGGING__FORMAT": "json",
        }
        server = Server("bot run", environment, folder)
        try:
            _first_reply(server)
            found.append(time.perf_counter() - server.began)
        finally:
            server.stop()
    return found


def _first_reply(server: Server) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/webhooks/rest/webhook",
        json.dumps(QUESTION).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        if not json.load(answer):
            raise urllib.error.URLError("no reply")
