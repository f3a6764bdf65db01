"""The words this channel says itself, from `words.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

WORDS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))


def said(name: str, language: str) -> str:
    """The phrase in the customer's language, Chinese when there is no other."""
    phrase = WORDS["phrases"][name]
    return str(phrase.get(language, phrase["zh"]))
