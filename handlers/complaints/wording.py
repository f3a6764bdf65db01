"""Complaints as people read them."""

from __future__ import annotations

from handlers.vocabulary import known, word

_JOINED = {"zh": "、", "en": ", "}


def demand_words(demand: str | None, language: str) -> str:
    """What the customer asks for: the names of its codes, or their own words."""
    parts = (demand or "").split(",")
    codes = known("demand")
    if not demand or not all(part in codes for part in parts):
        return demand or ""
    return _JOINED[language].join(word("demand", part, language) for part in parts)
