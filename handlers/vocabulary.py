"""Short words of the service in both languages: names of values, titles of buttons, dates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from nlu import yml

SOURCE = Path(__file__).with_name("vocabulary.yml")


@cache
def _entries() -> dict[str, Any]:
    return dict(yml.read(SOURCE))


def word(group: str, name: str, language: str) -> str:
    """The word for a value, e.g. word("product", "refrigerator", "en"); the value itself when it has none."""
    entry = _entries()[group].get(name)
    return str(entry[language]) if entry else name


def has(group: str) -> bool:
    """Whether there are words of that group."""
    return group in _entries()


def known(group: str) -> tuple[str, ...]:
    """The values of a group, in the order they are offered."""
    return tuple(_entries()[group])


def listed(group: str, name: str) -> tuple[str, ...]:
    """Words customers use for something, both languages together."""
    return tuple(_entries()[group][name])


def without(text: str, parts: Iterable[str]) -> str:
    """Folded text without those parts, the longest first; English ones are whole words."""
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(
            rf"(?<![a-z]){re.escape(part)}(?![a-z])" if part.isascii() else re.escape(part), " ", text
        )
    return text


def spoken_time(moment: datetime, now: datetime, language: str) -> str:
    """A local moment as one says it: today 15:00, tomorrow 09:30, 3月15日 10:00."""
    days = (moment.date() - now.date()).days
    names = _entries()["day"]
    day = names[str(days)][language] if str(days) in names else _dated("soon", moment.date(), language)
    return f"{day} {moment:%H:%M}"


def spoken_date(iso: str, language: str, days: bool = True) -> str:
    """An ISO date as one says it, to the day, the month or the year it tells; anything else as it is."""
    if "/" in iso:
        return " – ".join(spoken_date(day, language, days) for day in iso.split("/"))
    try:
        day = date.fromisoformat(f"{iso}-01-01"[:10] if len(iso) in (4, 7) else iso)
    except ValueError:
        return iso
    exactly = "year" if len(iso) == 4 else "day" if days and len(iso) > 7 else "month"
    return _dated(exactly, day, language)


@lru_cache(maxsize=512)
def _dated(form: str, day: date, language: str) -> str:
    """The day in one of the forms of the group `date`; `name` is the month's short English name."""
    return word("date", form, language).format(y=day.year, m=day.month, d=day.day, name=f"{day:%b}")
