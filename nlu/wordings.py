"""Words and what they mean, found quickly in folded text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nlu.first_characters import first_characters

_ANY = ""
_KEPT = 10_000
"""Characters whose pattern is kept."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Words found in folded text and what they mean: literally, or by the pattern's group of each code.

    `starts` has, for each character, the pattern of the words that begin with it.
    """

    starts: Mapping[str, re.Pattern[str] | None]
    codes: tuple[str, ...] = ()
    literal: Mapping[str, str] = field(default_factory=dict)

    def find(self, folded: str) -> Iterator[re.Match[str]]:
        """Each place where one of the words stands; the first word of the list wins."""
        at, end = 0, len(folded)
        while at < end:
            pattern = self.starts[folded[at]]
            match = pattern.match(folded, at) if pattern else None
            if match is None or match.end() == at:
                at += 1
            else:
                yield match
                at = match.end()

    def meaning(self, found: re.Match[str]) -> str:
        """The code whose words were found."""
        return self.literal[found.group()] if self.literal else self.codes[int((found.lastgroup or "_0")[1:])]


def of_words(section: Mapping[str, Any]) -> Wording:
    """Literal words, the longest first over the whole section; Latin ones only as whole words.

    `beside` has words that count only with (or without) certain others before or after them.
    """
    literal = {str(word): code for code, entry in section.items() for word in entry["words"]}
    beside = {str(w): _beside(rule) for e in section.values() for w, rule in (e.get("beside") or {}).items()}
    literal |= {str(w): code for code, e in section.items() for w in e.get("beside") or ()}
    parts = []
    for word in sorted(literal, key=len, reverse=True):
        part = beside.get(word, "WORD").replace("WORD", re.escape(word))
        parts.append((f"(?<![a-z]){part}(?![a-z])" if word.isascii() else part, frozenset(word[:1])))
    return Wording(_Starts(parts), literal=literal)


def of_patterns(section: Mapping[str, Any]) -> Wording:
    """Regular expressions, those of the first code before those of the next."""
    codes = tuple(map(str, section))
    parts: list[tuple[str, frozenset[str] | None]] = []
    for index, code in enumerate(codes):
        for word in section[code]["words"]:
            whole = _whole(word, word[:4].isascii() and word.lstrip("(?:")[:1].isalpha())
            parts.append((f"(?P<_{index}>{whole})", first_characters(word)))
    return Wording(_Starts(parts), codes)


class _Starts(dict[str, "re.Pattern[str] | None"]):
    """For each character the pattern of the parts that can begin with it, in order; made on first use."""

    def __init__(self, parts: Iterable[tuple[str, frozenset[str] | None]]) -> None:
        super().__init__()
        self._parts: dict[str, list[str]] = {}
        parts = list(parts)
        characters = frozenset().union(*(first for _, first in parts if first))
        for part, first in parts:
            for character in first if first is not None else (*characters, _ANY):
                self._parts.setdefault(character, []).append(part)

    def __missing__(self, character: str) -> re.Pattern[str] | None:
        chosen = self._parts.get(character) or self._parts.get(_ANY)
        pattern = re.compile("|".join(_merged(chosen))) if chosen else None
        if len(self) < _KEPT:
            self[character] = pattern
        return pattern


def _merged(parts: list[str]) -> Iterator[str]:
    """The parts, with those of one group in a row as one: a name can be given to one group only."""
    group = ""
    inside: list[str] = []
    for part in [*parts, ""]:
        named = re.match(r"\(\?P<(_\d+)>", part)
        name = named[0] if named else ""
        if inside and name != group:
            yield f"{group}{'|'.join(inside)})"
            inside = []
        if named:
            group = name
            inside.append(part[named.end() : -1])
        elif part:
            yield part


def _beside(rule: Mapping[str, str]) -> str:
    """A pattern around WORD: what must (not) stand before and after it."""
    before = f"(?<!{rule['not_before']})" if "not_before" in rule else ""
    after = f"(?!{rule['not_after']})" if "not_after" in rule else ""
    return f"{before}WORD{after}" + (f"(?={rule['after']})" if "after" in rule else "")


def _whole(pattern: str, latin: bool) -> str:
    return rf"(?<![a-z])(?:{pattern})(?![a-z])" if latin else pattern
