"""Reading text safely: clipping, and folding that keeps every character where it was."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

READ_CHARACTERS = 1500
"""What lies beyond so many characters of a message is stored but not understood."""

_INVISIBLE = (
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_LONG_NUMBER = re.compile(r"\d[\d\- ]{4,}\d")
_SPACES = re.compile(r"\s+")


def _traditional_pairs() -> dict[int, str]:
    lines = (Path(__file__).parent / "characters.txt").read_text(encoding="utf-8").splitlines()
    pairs = "".join(line.strip() for line in lines if not line.startswith("#"))
    return {ord(pairs[i]): pairs[i + 1] for i in range(0, len(pairs) - 1, 2)}


class _Folding(dict[int, str]):
    """One character for each character, worked out on first sight."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if 0xD800 <= code <= 0xDFFF or code < 32 or char in _INVISIBLE:
            folded = " "
        else:
            folded = unicodedata.normalize("NFKC", char)
            folded = folded.lower() if len(folded) == 1 else char
            folded = folded if len(folded) == 1 else char
        if len(self) < 60_000:
            self[code] = folded
        return folded


_FOLDING = _Folding({**_traditional_pairs(), ord("’"): "'", ord("‘"): "'"})
"""Phones write apostrophes as quotation marks: doesn’t."""


@lru_cache(maxsize=64)
def fold(text: str) -> str:
    """Lower case, half width, simplified characters, no control characters; as long as the text."""
    return text.translate(_FOLDING)


def clip(text: str) -> str:
    """The part of a message that is read."""
    return text[:READ_CHARACTERS]


def prepare(text: str) -> str:
    """The text as classifier and search see it: folded, long numbers masked, at most 300 characters."""
    return _prepared(text[:600])


@lru_cache(maxsize=256)
def _prepared(beginning: str) -> str:
    folded = _LONG_NUMBER.sub("12345", fold(beginning))
    return _SPACES.sub(" ", folded).strip()[:300]
