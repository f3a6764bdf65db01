"""What the words of a complaint tell: signs of severity, its category, what the customer asks for. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from handlers.complaints.settings import ComplaintSettings, Severity
from nlu import yml
from nlu.text import clip, fold

SOURCE = Path(__file__).with_name("signs.yml")
REPEATED, ANGER = "repeated", "anger"
OUTSIDE = ("regulator", "media", "lawyer")
"""Signs that somebody outside is or may be called in: then a statement is due."""
CATEGORIES = ("quality", "people", "software", "other")


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found; `category` is None where the words name none."""

    signs: tuple[str, ...]
    category: str | None
    demands: tuple[str, ...]

    @property
    def regulator(self) -> bool:
        """Whether somebody outside was named or threatened with."""
        return any(sign in OUTSIDE for sign in self.signs)

    @property
    def angry(self) -> bool:
        """Whether the customer is in no mood for questions."""
        return ANGER in self.signs


def assess(words: str) -> Assessment:
    """Read the words of a complaint, in Chinese or English."""
    text, signs = _read(words), _signs()
    counts = {name: len(found.findall(text)) for name, found in signs["categories"].items()}
    most = max(counts.values())
    return Assessment(
        signs=_shown(signs["signs"], text),
        category=next(name for name, count in counts.items() if count == most) if most else None,
        demands=_shown(signs["demands"], text),
    )


def severity(signs: Iterable[str], settings: ComplaintSettings) -> Severity:
    """How severe a complaint with these signs is, by the weights of the settings."""
    weights: Mapping[str, int] = dict(settings.weights.items())
    weight = sum(weights.get(sign, 0) for sign in set(signs))
    if weight >= settings.severe_from:
        return "severe"
    return "serious" if weight >= settings.serious_from else "normal"


def opens(words: str) -> bool:
    """Whether a message says at its beginning that it is a complaint, and asks for no person."""
    text, openings = _read(words).strip(), _signs()["openings"]
    return openings["complaint"].match(text) is not None and openings["person"].search(text) is None


def threatens(words: str) -> bool:
    """Whether somebody outside is going to be called in: a regulator, the press, a court."""
    return _signs()["threats"]["outside"].search(_read(words)) is not None


def money_back(words: str) -> bool:
    """Whether the money is asked back."""
    return _signs()["refunds"]["asked"].search(_read(words)) is not None


def goes_back(words: str) -> bool:
    """Whether the thing itself is to go back to us."""
    return _signs()["refunds"]["goes_back"].search(_read(words)) is not None


def money_for_repair(words: str) -> bool:
    """Whether the money is asked back because a repair failed."""
    return money_back(words) and _signs()["refunds"]["failed_repair"].search(_read(words)) is not None


def interrupts(words: str, in_form: bool, returning: bool) -> bool:
    """Whether it is a complaint before all else.

    A threat is, anywhere; in a form what opens as one; the money asked back for a failed repair, except
    while a return is being taken.
    """
    return threatens(words) or (in_form and opens(words)) or (not returning and money_for_repair(words))


def merged(*groups: Iterable[str]) -> list[str]:
    """The signs of several groups, each once, in the order of the file."""
    known = {sign for group in groups for sign in group}
    return [sign for sign in _signs()["signs"] if sign in known]


def _read(words: str) -> str:
    return fold(clip(words)).replace("’", "'")


def _shown(patterns: Mapping[str, re.Pattern[str]], text: str) -> tuple[str, ...]:
    return tuple(name for name, found in patterns.items() if found.search(text))


@cache
def _signs() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    """The file's groups, each as one pattern."""
    content = yml.read(SOURCE)
    return {
        group: {name: _pattern(words) for name, words in entries.items()}
        for group, entries in content.items()
    }


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(_part(fold(str(word))) for word in words))


def _part(word: str) -> str:
    if not word.isascii():
        return re.escape(word)
    bare = word.removesuffix("*")
    end = "" if bare != word else r"(?![a-z0-9])"
    return rf"(?<![a-z0-9]){re.escape(bare)}{end}"
