"""The catalogue of products, brands, models, symptoms and other words customers use: data, not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from nlu import yml
from nlu.wordings import Wording, of_patterns, of_words

BUILTIN = Path(__file__).parent / "catalogue.yml"
_used: list[tuple[Catalogue, tuple[Path, ...]]] = []
_changed: list[Catalogue] = []


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the desk knows of things; those `retired` are still named, but not offered or heard.

    `content` is what it was made of.
    """

    names: Mapping[str, Mapping[str, Mapping[str, str]]]
    products: Wording
    brands: Wording
    symptoms: Wording
    tried: Wording
    urgency: Wording
    models: tuple[str, ...]
    prefixes: Mapping[str, str]
    retired: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def name(self, section: str, code: str, language: str) -> str:
        """What a code is called, e.g. name("products", "tv", "en"); the code itself when it has no name."""
        named = self.names.get(section, {}).get(code) or self.retired.get(section, {}).get(code, {})
        return named.get(language, code)

    def known(self, section: str) -> Mapping[str, Mapping[str, str]]:
        """The names of all codes of a section, those of retired entries too."""
        return {**self.retired.get(section, {}), **self.names.get(section, {})}

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """The catalogue of a whole .yml file."""
        return cls.of(yml.read(path))

    @classmethod
    def of(
        cls, content: dict[str, Any], retired: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None
    ) -> Catalogue:
        """The catalogue of what such a file says, and the names of what people retired."""
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
            retired=retired or {},
            content=content,
        )


@cache
def builtin() -> Catalogue:
    """The catalogue that comes with the desk."""
    return Catalogue.load(BUILTIN)


def use(catalogue: Catalogue | None, *sources: Path) -> None:
    """From now on this process knows these things, read from `sources`; None: those that come with it."""
    _used[:] = [(catalogue, sources)] if catalogue else []
    _changed.clear()


def change(catalogue: Catalogue | None) -> None:
    """From now on this process knows things as people changed them; None: as the files have them."""
    _changed[:] = [catalogue] if catalogue else []


def in_use() -> Catalogue:
    """The catalogue that this process uses."""
    return next(iter(_changed), None) or of_files()


def of_files() -> Catalogue:
    """The catalogue as the files have it, without what people changed."""
    return _used[0][0] if _used else builtin()


def sources() -> tuple[Path, ...]:
    """The files of the catalogue in use."""
    return (BUILTIN, *(_used[0][1] if _used else ()))
