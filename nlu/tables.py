"""A trainer's own words: synonyms, lookup tables and patterns of the training data, at work in messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.text import fold
from nlu.understanding import Entity

BUILT_IN = frozenset(
    {
        "address", "brand", "date", "error_code", "invoice_number", "language", "model", "order_number",
        "person_name", "phone", "product", "purchase_date", "quantity", "serial_number", "since", "symptom",
        "time", "tried", "urgency",
    }
)  # fmt: skip
"""The details that are found without any table."""
SURE = 0.9


@dataclass(frozen=True)
class Tables:
    """What examples define besides intents.

    `synonyms` map a value to its other words, `lookups` a detail's name to its words, `patterns` a detail's
    name to regular expressions, `annotated` (name, word) to the value given for it in an example.
    """

    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lookups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    annotated: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.synonyms or self.lookups or self.patterns or self.annotated)

    def find(self, text: str) -> list[Entity]:
        """The details that lookup tables, patterns and annotated values show, the longest words first."""
        folded = fold(text)
        found = [
            self._entity(name, text, match.start(), match.end())
            for name, pattern in self._words.items()
            for match in pattern.finditer(folded)
        ]
        for name, pattern in self._patterns.items():
            spans = (match.span() for match in pattern.finditer(text))
            found.extend(self._entity(name, text, start, end) for start, end in spans if end > start)
        return found

    def other_words(self, text: str) -> list[tuple[int, int, str]]:
        """Where words stand that mean the same as another value: start, end, and that value."""
        if self._synonyms is None:
            return []
        folded = fold(text)
        return [(*match.span(), self._values[match.group()]) for match in self._synonyms.finditer(folded)]

    def dump(self) -> NDArray[np.uint8]:
        """The tables as an array of a model file."""
        annotated = [[name, word, value] for (name, word), value in self.annotated.items()]
        content = {
            "synonyms": dict(self.synonyms),
            "lookups": dict(self.lookups),
            "patterns": dict(self.patterns),
            "annotated": annotated,
        }
        return np.frombuffer(json.dumps(content).encode(), dtype=np.uint8)

    @classmethod
    def restore(cls, stored: NDArray[np.uint8]) -> Tables:
        """The tables that `dump` wrote; ValueError or KeyError for anything else."""
        content: dict[str, Any] = json.loads(stored.tobytes())
        tables = {
            key: {name: tuple(words) for name, words in content[key].items()}
            for key in ("synonyms", "lookups", "patterns")
        }
        return cls(**tables, annotated={(name, word): value for name, word, value in content["annotated"]})

    def _entity(self, name: str, text: str, start: int, end: int) -> Entity:
        word = text[start:end]
        value = self.annotated.get((name, fold(word))) or self._values.get(fold(word)) or word
        return Entity(name, value, word, start, end, SURE, "table")

    @cached_property
    def _words(self) -> dict[str, re.Pattern[str]]:
        words = {name: {fold(word) for word in listed} for name, listed in self.lookups.items()}
        for name, word in self.annotated:
            words.setdefault(name, set()).add(word)
        return {name: any_of(listed) for name, listed in words.items() if listed}

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {
            name: re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE)
            for name, patterns in self.patterns.items()
            if patterns
        }

    @cached_property
    def _values(self) -> dict[str, str]:
        return {fold(word): value for value, words in self.synonyms.items() for word in words}

    @cached_property
    def _synonyms(self) -> re.Pattern[str] | None:
        return any_of(self._values) if self._values else None


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, the longest first; Latin ones only whole."""
    ordered = sorted(filter(None, words), key=lambda word: (-len(word), word))
    return re.compile("|".join(_whole(word) for word in ordered) or r"(?!)")


def _whole(word: str) -> str:
    before = r"(?<![a-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    after = r"(?![a-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return f"{before}{re.escape(word)}{after}"


NONE = Tables()
"""No tables."""
