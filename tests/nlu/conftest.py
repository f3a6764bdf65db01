"""The built-in understanding, trained once and kept between runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from nlu.context import Context
from nlu.encoder import SentenceEncoder
from nlu.interpreter import Interpreter
from nlu.knowledge import KnowledgeBase

MONDAY = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai."""


@pytest.fixture(scope="session")
def model_dir(request: pytest.FixtureRequest) -> Path:
    """Models of earlier runs; they are named after what they are made from, so they cannot be stale."""
    return Path(request.config.cache.mkdir("understanding"))


@pytest.fixture(scope="session")
def encoder(model_dir: Path) -> SentenceEncoder:
    return SentenceEncoder.load(model_dir)


@pytest.fixture(scope="session")
def interpreter(model_dir: Path, encoder: SentenceEncoder) -> Interpreter:
    return Interpreter.load(model_dir, encoder=encoder)


@pytest.fixture(scope="session")
def knowledge(model_dir: Path, encoder: SentenceEncoder) -> KnowledgeBase:
    return KnowledgeBase.load(None, encoder, model_dir)


@pytest.fixture
def context() -> Context:
    return Context(now=MONDAY)
