"""Reasons as data: a phrase is named by the rule that gives it, and said in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handlers import vocabulary
from nlu import yml
from nlu.catalogue import in_use

_DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
_SECTIONS = {"product": ("products",), "brand": ("brands",), "skill": ("products", "brands")}
_JOINED = {"zh": "、", "en": ", "}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence by its name, and the values in it: numbers, codes, ISO days, texts or lists of them."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The phrase as JSON can keep it."""
        return {"name": self.name, **({"values": dict(self.values)} if self.values else {})}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Phrase:
        """A phrase that was kept as JSON."""
        return cls(str(kept["name"]), dict(kept.get("values") or {}))


class Phrases:
    """The sentences of one .yml file: `phrases:` by name, `names:` of codes by group, each in zh and en."""

    def __init__(self, source: Path) -> None:
        content = yml.read(source)
        self.texts: Mapping[str, Mapping[str, str]] = content["phrases"]
        self.names: Mapping[str, Mapping[str, Mapping[str, str]]] = content.get("names") or {}

    def say(self, phrase: Phrase, language: str) -> str:
        """The sentence; codes are named, ISO days are spoken."""
        said = {key: self._shown(key, value, language) for key, value in phrase.values.items()}
        return self.texts[phrase.name][language].format_map(said)

    def name(self, group: str, code: str, language: str) -> str:
        """What a code of that group is called: here, in the vocabulary or in the catalogue; else itself."""
        if group in self.names:
            return self.names[group].get(code, {}).get(language, code)
        for section in _SECTIONS.get(group, ()):
            if code in in_use().names[section]:
                return in_use().name(section, code, language)
        return vocabulary.word(group, code, language) if vocabulary.has(group) else code

    def _shown(self, group: str, value: Any, language: str) -> str:
        if isinstance(value, list | tuple):
            return _JOINED[language].join(self._shown(group, item, language) for item in value)
        if isinstance(value, str) and _DAY.fullmatch(value):
            return vocabulary.spoken_date(value, language)
        return self.name(group, value, language) if isinstance(value, str) else str(value)
