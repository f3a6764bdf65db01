"""Labels, dates and amounts of the sheet in one language."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from nlu import yml

SOURCE = Path(__file__).with_name("words.yml")
LANGUAGES = ("zh", "en")


@cache
def _entries() -> dict[str, Any]:
    return dict(yml.read(SOURCE))


def label(name: str, language: str) -> str:
    """A word that stands by itself, e.g. label("title", "en")."""
    return str(_entries()[name][language])


def word(group: str, name: str, language: str) -> str:
    """The word for a value of a group; the value itself when it has none."""
    entry = _entries()[group].get(name)
    return str(entry[language]) if entry else name


def money(minor: int, currency: str, language: str) -> str:
    """An amount in minor units as it is written: ¥1,234.50; a currency without a form has its code."""
    form = _entries()["currency"].get(currency)
    digits = int(form["digits"]) if form else 2
    whole, rest = divmod(abs(minor), 10**digits)
    amount = f"{whole:,}.{rest:0{digits}d}" if digits else f"{whole:,}"
    written = str(form[language]).format(amount=amount) if form else f"{currency} {amount}"
    return f"−{written}" if minor < 0 else written


def moment(at: datetime, language: str) -> str:
    """A date and time: 2026年3月2日 12:00, 2 Mar 2026 12:00."""
    return f"{day(at, language)} {at:%H:%M}"


def stamp(at: datetime, language: str) -> str:
    """A date and time where there is little room: 2026-03-02 12:00, 2 Mar 2026 12:00."""
    return f"{at:%Y-%m-%d %H:%M}" if language == "zh" else moment(at, language)


def span(start: datetime, end: datetime | None, language: str) -> str:
    """From when to when; the day is told once where it is the same."""
    if end is None:
        return moment(start, language)
    until = f"{end:%H:%M}" if start.date() == end.date() else f" {moment(end, language)}"
    return f"{moment(start, language)}–{until}"


def day(at: datetime, language: str) -> str:
    """The day: 2026年3月2日, 2 Mar 2026."""
    if language == "zh":
        return f"{at.year}年{at.month}月{at.day}日"
    return f"{at.day} {at:%b} {at.year}"
