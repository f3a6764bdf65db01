"""The catalogue of products, brands, models, symptoms and other words customers use: data, not code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nlu import yml
from nlu.wordings import Wording, of_patterns, of_words

BUILTIN = Path(__file__).parent / "catalogue.yml"
_SECTIONS = ("products", "brands", "models", "symptoms", "tried", "urgency")


class CatalogueError(ValueError):
    """The catalogue file cannot be used; the message names what is wrong."""


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
            products=of_words(content["products"]),
            brands=of_words(content["brands"]),
            symptoms=of_patterns(content["symptoms"]),
            tried=of_patterns(content["tried"]),
            urgency=of_patterns(content["urgency"]),
            models=tuple(map(str, content["models"])),
            prefixes=prefixes,
        )


@cache
def builtin() -> Catalogue:
    """The catalogue that comes with the desk."""
    return Catalogue.load(BUILTIN)
