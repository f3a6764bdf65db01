"""Warranty in words: for the customer's summary, and in full for whoever asks why."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from handlers.phrases import Phrase, Phrases
from handlers.vocabulary import word

WORDS = Phrases(Path(__file__).with_name("words.yml"))
_TOLD_BESIDE = ("from_purchase", "from_installation")
"""What the summary's own line of the date says already."""


def in_short(state: str, reasons: Iterable[Phrase], language: str) -> str:
    """One line for the customer: the state and what matters of the reasons."""
    kept = [reason for reason in reasons if reason.name not in _TOLD_BESIDE]
    if state == "out_of_warranty":
        kept.append(Phrase("checked_on_site"))
    return _line(state, kept, language)


def in_full(state: str, reasons: Iterable[Phrase], language: str) -> str:
    """One line with every reason."""
    return _line(state, list(reasons), language)


def said(reasons: Iterable[Phrase], language: str) -> list[str]:
    """Each reason as a sentence's part."""
    return [WORDS.say(reason, language) for reason in reasons]


def _line(state: str, reasons: list[Phrase], language: str) -> str:
    named = word("warranty", state, language)
    if not reasons:
        return named
    return word("form", "beside", language).format(
        words=named, more=word("form", "between", language).join(said(reasons, language))
    )
