"""Counters and timings for Prometheus; none of them carries a customer's data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram

TURNS = Counter("baoxiu_turns", "Messages taken", ["channel", "outcome"])
TURN_SECONDS = Histogram(
    "baoxiu_turn_seconds",
    "From arrival to durable",
    ["channel"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
STEP_SECONDS = Counter("baoxiu_step_seconds", "Where turns spend their time", ["step"])
DELIVERIES = Counter("baoxiu_deliveries", "Attempts to send", ["channel", "outcome"])
REJECTED = Counter("baoxiu_rejected", "Requests and updates turned away or not understood", ["reason"])
WEBHOOKS = Counter("baoxiu_webhooks", "Attempts to tell other programs of orders", ["outcome"])
OUTBOX = Gauge("baoxiu_outbox", "Messages to customers by state", ["state"])
SPOOLED = Gauge("baoxiu_spooled", "Messages kept on disk while the database is away")
ADVICE = Counter("baoxiu_advice", "Times a choice was wanted of the model, by what came of it", ["outcome"])
ADVICE_ASKED = Counter("baoxiu_advice_requests", "Requests to the model")
ADVICE_TOKENS = Counter("baoxiu_advice_tokens", "Tokens the model took", ["direction"])
ADVICE_SECONDS = Histogram(
    "baoxiu_advice_seconds", "How long the model took", buckets=(0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 5, 10)
)
ADVICE_PAUSED = Gauge("baoxiu_advice_paused", "1 while a failing model is left alone")
ORDERS = Counter("baoxiu_orders", "Service orders opened", ["kind"])


@contextmanager
def step(name: str) -> Iterator[None]:
    """Add the time a block takes, by the clock on the wall, to `STEP_SECONDS`."""
    began = time.perf_counter()
    try:
        yield
    finally:
        STEP_SECONDS.labels(name).inc(time.perf_counter() - began)


def count(reason: str) -> None:
    """Count something that was turned away or ignored."""
    REJECTED.labels(reason).inc()
