"""Short words about the life of an order, zh or en."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from handlers.life.table import life
from nlu import yml

SOURCE = Path(__file__).with_name("words.yml")


@cache
def _entries() -> dict[str, dict[str, Any]]:
    return dict(yml.read(SOURCE))


def word(group: str, name: str, language: str) -> str:
    """The word of a group: status, move, actor, light, escalation, refusal; the name itself where none is."""
    entry = _entries()[group].get(name)
    return str(entry[language]) if entry else name


def staff_word(group: str, name: str, language: str) -> str:
    """The word as people of the desk read it: where it says "you" to the customer, another."""
    entry = _entries().get(f"{group}_to_staff", {}).get(name)
    return str(entry[language]) if entry else word(group, name, language)


def status_line(status: str, language: str) -> str:
    """A state as customers see it: its traffic light and its name (F1)."""
    state = life().states.get(status)
    light = f"{word('light', state.light, language)} " if state else ""
    return light + word("status", status, language)


def escalation_line(level: int, language: str) -> str:
    """Who has been called in above the one in charge; nothing at level 0."""
    return word("escalation", str(level), language) if level else ""
