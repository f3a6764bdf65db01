"""Danger to people: smoke, fire, gas, electric shock, recognised by words not left to chance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlu import yml
from nlu.text import clip, fold

_LEXICON = Path(__file__).parent / "hazards.yml"


@dataclass(frozen=True, slots=True)
class _Lexicon:
    kinds: tuple[tuple[str, re.Pattern[str]], ...]
    harmless: re.Pattern[str]
    denied_before: re.Pattern[str]
    denied_after: re.Pattern[str]


@cache
def _lexicon() -> _Lexicon:
    content = yml.read(_LEXICON)
    return _Lexicon(
        tuple((kind, re.compile("|".join(words))) for kind, words in content["kinds"].items()),
        re.compile("|".join(content["harmless"])),
        re.compile(content["denied"]["before"]),
        re.compile(content["denied"]["after"]),
    )


def hazard(text: str) -> str | None:
    """The kind of danger the words speak of (`fire`, `smoke`, `gas`, `electric_shock`, …), or None.

    Denied dangers ("没有冒烟", "no smoke") and harmless words (油烟机, Fire TV) are none.
    """
    lexicon = _lexicon()
    folded = lexicon.harmless.sub(lambda m: "□" * len(m.group()), fold(clip(text)))
    for kind, pattern in lexicon.kinds:
        for match in pattern.finditer(folded):
            before, after = (
                folded[max(0, match.start() - 20) : match.start()],
                folded[match.end() : match.end() + 8],
            )
            clause = re.split(r"[,，。.;；!！?？]", before)[-1]
            if not lexicon.denied_before.search(clause) and not lexicon.denied_after.search(after):
                return kind
    return None
