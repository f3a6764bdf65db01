"""The catalogue of products, brands, models, symptoms and other words customers use: data, not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nlu import yml
from nlu.wordings import Wording, of_patterns, of_words

BUILTIN = Path(__file__).parent / "catalogue.yml"
_used: list[tuple[Catalogue, tuple[Path, ...]]] = []


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
        """The catalogue of a whole .yml file."""
        return cls.of(yml.read(path))

    @classmethod
    def of(cls, content: dict[str, Any]) -> Catalogue:
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


def use(catalogue: Catalogue | None, *sources: Path) -> None:
    """From now on this process knows these things, read from `sources`; None: those that come with it."""
    _used[:] = [(catalogue, sources)] if catalogue else []


def in_use() -> Catalogue:
    """The catalogue that this process uses."""
    return _used[0][0] if _used else builtin()


def sources() -> tuple[Path, ...]:
    """The files of the catalogue in use."""
    return (BUILTIN, *(_used[0][1] if _used else ()))
