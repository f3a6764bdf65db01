"""The catalogue of products, brands, models, symptoms and other words customers use: data, not code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlu import yml

BUILTIN = Path(__file__).parent / "catalogue.yml"
_SECTIONS = ("products", "brands", "models", "symptoms", "tried", "urgency")


class CatalogueError(ValueError):
    """The catalogue file cannot be used; the message names what is wrong."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Words found in folded text and what they mean: literally, or by the pattern's group of each code."""

    pattern: re.Pattern[str]
    codes: tuple[str, ...] = ()
    literal: Mapping[str, str] = field(default_factory=dict)

    def meaning(self, found: re.Match[str]) -> str:
        """The code whose words were found."""
        return self.literal[found.group()] if self.literal else self.codes[int((found.lastgroup or "_0")[1:])]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the desk knows of things and their names."""

    names: Mapping[str, Mapping[str, Mapping[str, str]]]
    products: Wording
    brands: Wording
    symptoms: Wording
    tried: Wording
    urgency: Wording
    models: tuple[str, ...]
    prefixes: Mapping[str, str]

    def name(self, section: str, code: str, language: str) -> str:
        """What a code is called, e.g. name("products", "tv", "en"); the code itself when it has no name."""
        return self.names.get(section, {}).get(code, {}).get(language, code)

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """The catalogue of a .yml file, or CatalogueError."""
        try:
            content = yml.read(path)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise CatalogueError(f"{path.name} is not YAML: {error}") from error
        if not isinstance(content, dict) or (unknown := set(content) - set(_SECTIONS)):
            found = ", ".join(sorted(unknown)) if isinstance(content, dict) else type(content).__name__
            raise CatalogueError(f"{path.name}: expected {', '.join(_SECTIONS)}; found {found}")
        try:
            return cls._of(content)
        except (KeyError, TypeError, AttributeError, re.error) as error:
            raise CatalogueError(f"{path.name}: {type(error).__name__}: {error}") from error

    @classmethod
    def _of(cls, content: dict[str, Any]) -> Catalogue:
        names = {
            section: {str(code): entry.get("name", {}) for code, entry in content[section].items()}
            for section in ("products", "brands", "symptoms", "tried")
        }
        prefixes = {p: code for code, e in content["products"].items() for p in e.get("models", ())}
        return cls(
            names=names,
            products=_plain_words(content["products"]),
            brands=_plain_words(content["brands"]),
            symptoms=_patterns(content["symptoms"]),
            tried=_patterns(content["tried"]),
            urgency=_patterns(content["urgency"]),
            models=tuple(map(str, content["models"])),
            prefixes=prefixes,
        )


@cache
def builtin() -> Catalogue:
    """The catalogue that comes with the desk."""
    return Catalogue.load(BUILTIN)


def _plain_words(section: dict[str, Any]) -> Wording:
    """Literal words, the longest first over the whole section; Latin ones only as whole words."""
    literal = {str(word): code for code, entry in section.items() for word in entry["words"]}
    beside = {str(w): _beside(rule) for e in section.values() for w, rule in (e.get("beside") or {}).items()}
    literal |= {str(w): code for code, e in section.items() for w in e.get("beside") or ()}
    ordered = sorted(literal, key=len, reverse=True)
    guarded = [beside[w].replace("WORD", re.escape(w)) if w in beside else re.escape(w) for w in ordered]
    latin = "|".join(p for w, p in zip(ordered, guarded, strict=True) if w.isascii())
    other = (p for w, p in zip(ordered, guarded, strict=True) if not w.isascii())
    pattern = "|".join((*other, f"(?<![a-z])(?:{latin})(?![a-z])"))
    return Wording(re.compile(pattern), literal=literal)


def _beside(rule: dict[str, str]) -> str:
    """A pattern around WORD: what must (not) stand before and after it."""
    before = f"(?<!{rule['not_before']})" if "not_before" in rule else ""
    after = f"(?!{rule['not_after']})" if "not_after" in rule else ""
    return f"{before}WORD{after}" + (f"(?={rule['after']})" if "after" in rule else "")


def _patterns(section: dict[str, Any]) -> Wording:
    codes = tuple(map(str, section))
    parts = [f"(?P<_{i}>{_alternatives(section[code]['words'])})" for i, code in enumerate(codes)]
    return Wording(re.compile("|".join(parts)), codes)


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(_whole(word, word[:4].isascii() and word.lstrip("(?:")[:1].isalpha()) for word in words)


def _whole(pattern: str, latin: bool) -> str:
    return rf"(?<![a-z])(?:{pattern})(?![a-z])" if latin else pattern
