"""The customer's mood, as their words show it."""

from __future__ import annotations

import re

from handlers.vocabulary import listed
from nlu.text import fold

VENTED = 8
"""So many Chinese characters (an English word counts as two) of a complaint say only that one is angry."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z]{2,}", re.IGNORECASE)


def rages(text: str) -> bool:
    """Whether the words are angry."""
    folded = fold(text)
    return any(mark in folded for kind in ("anger", "displeased") for mark in listed("marks", kind))


def has_grounds(text: str) -> bool:
    """Whether a complaint names something that can be looked into: people, money, promises."""
    folded = fold(text)
    return any(mark in folded for mark in listed("marks", "grounds"))


def demands(text: str) -> bool:
    """Whether the words say that a complaint is wanted."""
    folded = fold(text)
    return any(mark in folded for mark in listed("marks", "demands"))


def short_of_words(text: str) -> bool:
    """Whether a complaint says no more than that one is dissatisfied."""
    return len(_HAN.findall(text)) + 2 * len(_WORD.findall(text)) <= VENTED
