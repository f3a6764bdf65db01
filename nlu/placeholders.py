"""What articles leave for the settings to fill in: `{hours}` of people, `{hotline}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlu.article import Article

_NAME = re.compile(r"\{([A-Za-z_]+)\}")
NAMES = ("hours", "hotline")


def unknown(text: str) -> Iterator[tuple[int, str]]:
    """Every name in braces that nothing fills (line, message)."""
    for line, words in enumerate(text.split("\n"), 1):
        for name in _NAME.findall(words):
            if name not in NAMES:
                known = ", ".join(f"{{{one}}}" for one in NAMES)
                yield line, f"nothing fills {{{name}}}; there are {known}"


def filled(article: Article, values: Mapping[str, str]) -> Article:
    """The article as customers read it, answer and steps."""
    told = article.answer, *article.steps
    if not any(_NAME.search(text) for text in told):
        return article
    steps = (replace(step, instruction=_fill(step.instruction, values)) for step in article.diagnosis)
    return replace(article, answer=_fill(article.answer, values), diagnosis=tuple(steps))


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda found: values.get(found[1], found[0]), text)
