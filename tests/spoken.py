"""The dialogue that tests share: it holds nothing of any conversation, and its files take a while to read."""

from __future__ import annotations

from functools import cache

from bot.dialogue import Dialogue
from bot.settings import Settings


@cache
def dialogue() -> Dialogue:
    """The flows with their words, by the shipped settings."""
    return Dialogue.load(Settings())
