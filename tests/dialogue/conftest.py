"""The dialogue with its real words, intents and articles, on a desk in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.dialogue import Dialogue
from bot.settings import Settings
from nlu.interpreter import Interpreter
from nlu.knowledge import KnowledgeBase
from tests.conftest import NOON
from tests.dialogue.players import Mind, Player


@pytest.fixture(scope="session")
def mind(model_dir: Path) -> Mind:
    interpreter = Interpreter.load(model_dir)
    return Mind(
        Dialogue.load(Settings()), interpreter, KnowledgeBase.load(None, interpreter.encoder, model_dir)
    )


@pytest.fixture
def player(mind: Mind) -> Player:
    return Player(mind, NOON)
