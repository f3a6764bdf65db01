"""Wishes known by their words alone: a thing, what is wanted of it, and nothing besides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlu import yml
from nlu.text import fold

_WISHES = Path(__file__).parent / "wishes.yml"
_BETWEEN = re.compile(r"[\s,，。.!！?？~～、;；:：…\"“”‘’'()（）\-]+")


@dataclass(frozen=True, slots=True)
class _Wish:
    words: re.Pattern[str]
    thing: frozenset[str]
    wanted: frozenset[str]


@cache
def _wishes() -> dict[str, _Wish]:
    found = {}
    for intent, parts in yml.read(_WISHES).items():
        groups = {name: frozenset(_spaced(str(word)) for word in words) for name, words in parts.items()}
        every = sorted(frozenset().union(*groups.values()), key=lambda word: (-len(word), word))
        # Latin words are whole ones; of Chinese ones the longest goes first.
        whole = (rf"(?<![a-z]){re.escape(w)}(?![a-z])" if w[0].isascii() else re.escape(w) for w in every)
        found[str(intent)] = _Wish(re.compile("|".join(whole)), groups["thing"], groups["wanted"])
    return found


def names_a_thing(text: str) -> bool:
    """Whether the text may be such a wish at all."""
    spaced = _spaced(text)
    return any(thing in spaced for known in _wishes().values() for thing in known.thing)


def wish(text: str, number: bool = False) -> str | None:
    """The intent that the text's words alone show, or None; `number`: an order number stood in it."""
    spaced = _spaced(text)
    for intent, known in _wishes().items():
        words, rest = set(known.words.findall(spaced)), known.words.sub("", spaced)
        if not rest.strip() and words & known.thing and (number or words & known.wanted):
            return intent
    return None


def intents() -> Iterable[str]:
    """The intents that may be meant so."""
    return _wishes().keys()


def _spaced(text: str) -> str:
    """Folded, with one space in the place of spaces and punctuation."""
    return _BETWEEN.sub(" ", fold(text)).strip()
