"""Uvicorn as the desk runs it: its own signal handling is left out, the desk stops in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

GRACE_SECONDS = 10
KEEP_ALIVE_SECONDS = 65


class Server(uvicorn.Server):
    """The HTTP server; whoever runs it decides when it ends."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def configured(app: Any) -> uvicorn.Config:
    """Quiet, without a server header, with a bounded farewell."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it exists; None leaves asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
