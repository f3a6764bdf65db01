"""The dialogue with its real words, intents and articles, on a desk in memory."""

from __future__ import annotations

import pytest

from bot.dialogue import Dialogue
from bot.settings import Settings
from nlu.interpreter import Interpreter
from nlu.knowledge import KnowledgeBase
from tests.conftest import NOON
from tests.dialogue.players import Mind, Player


@pytest.fixture(scope="session")
def mind(interpreter: Interpreter, knowledge: KnowledgeBase) -> Mind:
    return Mind(Dialogue.load(Settings()), interpreter, knowledge)


@pytest.fixture
def player(mind: Mind) -> Player:
    return Player(mind, NOON)
