"""The words this channel says itself, from `words.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nlu import yml

WORDS: dict[str, Any] = yml.read(Path(__file__).with_name("words.yml"))


def said(name: str, language: str) -> str:
    """The phrase in the customer's language, Chinese when there is no other."""
    phrase = WORDS["phrases"][name]
    return str(phrase.get(language, phrase["zh"]))
