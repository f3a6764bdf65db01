"""Logs: events with ids, one a line; never a customer's words, names or numbers."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

PRIVATE = frozenset({"text", "phone", "name", "address", "token", "secret", "body", "url", "payload"})


def set_up(level: str, form: str) -> None:
    """Send structlog and the libraries' logging to standard error in one form (json or console)."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        withhold,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in (
        "httpx",
        "httpcore",
        "telegram",
        "apscheduler",
        "aiohttp.access",
        "uvicorn.access",
        "alembic",
        "openai",
        "httpx2",
        "httpcore2",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def withhold(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Drop values that could be a customer's, should a log call ever carry one."""
    for key in PRIVATE & event.keys():
        event[key] = "withheld"
    return event
