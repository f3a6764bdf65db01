"""Words looked for within a text."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement


def holds(text: ColumnElement[Any], words: str) -> ColumnElement[bool]:
    """Whether the words stand in it, whatever the capitals.

    Words that have none (Chinese, figures) are looked for as they stand, in half to a third of the time.
    """
    plain = words.lower() == words.upper()
    return text.contains(words, autoescape=True) if plain else text.icontains(words, autoescape=True)
