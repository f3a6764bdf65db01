"""The desk's words, from `words.yml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from nlu import yml

SOURCE = Path(__file__).with_name("words.yml")


@cache
def _all() -> dict[str, Any]:
    return dict(yml.read(SOURCE))


class Words:
    """The words in one language."""

    def __init__(self, language: str) -> None:
        self._words = _all()[language]

    def __call__(self, *path: str, **values: object) -> str:
        """The phrase at that path, with the values in it; the last name itself where there is none."""
        found: Any = self._words
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return str(found).format(**values) if isinstance(found, str) else path[-1]

    def refused(self, why: str, who: str) -> str:
        """Why something was not done."""
        return self("words", why if why in self._words["words"] else "other", who=who)
