"""The page's words in every language, and which language a request wants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nlu import yml

Catalogue = dict[str, dict[str, Any]]


WORDS = Path(__file__).with_name("words.yml")


def read(path: Path = WORDS) -> Catalogue:
    """Language → key → words, with `problems` and `commands` inside."""
    catalogue: Catalogue = yml.read(path)
    return catalogue


def language_of(accepted: str, default: str) -> str:
    """zh or en, by an Accept-Language header; its first known language wins."""
    for part in accepted.lower().split(","):
        short = part.strip()[:2]
        if short in ("zh", "en"):
            return short
    return default
