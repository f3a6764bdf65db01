"""Long texts in pieces that Telegram takes, cut where a reader would."""

from __future__ import annotations

from collections.abc import Iterator

import regex

PREFERRED = ("\n", "。！？!?；;", ".", "，,、 ")
"""Characters after which a cut hurts least, best first."""


def utf16_length(text: str) -> int:
    """How Telegram counts: UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` UTF-16 units that never cut through what the reader sees as one character."""
    return list(_pieces(text.strip(), limit))


def _pieces(text: str, limit: int) -> Iterator[str]:
    while utf16_length(text) > limit:
        cut = _cut(text, limit)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _cut(text: str, limit: int) -> int:
    longest = _longest(text, limit)
    ends = [found.end() for found in regex.finditer(r"\X", text[: longest + 64])]
    ends = [end for end in ends if end <= longest]
    late = [end for end in ends if end > longest // 2]
    for characters in PREFERRED:
        for end in reversed(late):
            if text[end - 1] in characters:
                return end
    return ends[-1] if ends else longest


def _longest(text: str, limit: int) -> int:
    units = 0
    for index, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > limit:
            return index
    return len(text)
