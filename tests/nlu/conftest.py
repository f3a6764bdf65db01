"""The moment at which messages are understood."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nlu.context import Context

MONDAY = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai."""


@pytest.fixture
def context() -> Context:
    return Context(now=MONDAY)
