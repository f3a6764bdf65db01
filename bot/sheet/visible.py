"""Words of people as a sheet can print them: nothing hidden, nothing that could push a line off the page."""

from __future__ import annotations

import unicodedata

import regex

MARKS = 4
"""Marks above and below one letter; more would cover the lines beside it."""
LONGEST = 18
"""Characters without a place to break that a line surely holds."""
BREAK = "\u200b"

_INVISIBLE = regex.compile("[\u00ad\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff]")
_LINE_ENDS = regex.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_EMPTY_LINES = regex.compile(r"\n(?:[^\S\n]*\n){2,}")
_SPACES = regex.compile(r"[^\S\n\u3000]+")
_HIDDEN = regex.compile(r"[\p{Cc}\p{Cs}\p{Cn}\p{Co}--\n]|[\u061c\u202a-\u202e\u2066-\u206f]", regex.V1)
_MARK = regex.compile(r"\p{M}")
_SEEN = regex.compile(r"\X")
_WORD_SIGNS = regex.compile("[\ufdf0-\ufdff]")  # single characters that are whole Arabic words
_LONG_DASH = regex.compile("[\u2e3a\u2e3b]")
_UNBROKEN = regex.compile(r"[^\s\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\u3000-\u303f\uff00-\uffef]{11,}")


def visible(text: str, limit: int | None = None, more: str = "…", longest: int = LONGEST) -> str:
    """The text for print; `more` stands for what is beyond `limit` characters, runs over `longest` may break.

    Control characters, direction overrides and what Unicode does not define are shown by their number.
    """
    text = _LINE_ENDS.sub("\n", text.replace("\t", " "))
    text = _INVISIBLE.sub("", text)
    text = _WORD_SIGNS.sub(lambda sign: unicodedata.normalize("NFKC", sign[0]) + " ", text)
    text = _LONG_DASH.sub(lambda dash: dash[0] + BREAK, text)
    text = _SPACES.sub(" ", _HIDDEN.sub(_named, text))
    text = _EMPTY_LINES.sub("\n\n", text).strip()
    if _MARK.search(text):
        text = _SEEN.sub(_bounded, unicodedata.normalize("NFC", text))
    if limit is not None and len(text) > limit:
        text = text[:limit].rstrip() + more
    return _UNBROKEN.sub(lambda run: _breakable(run[0], longest), text)


def _named(found: regex.Match[str]) -> str:
    return f"〔U+{ord(found[0]):04X}〕"


def _bounded(found: regex.Match[str]) -> str:
    seen = found[0]
    if len(_MARK.findall(seen)) <= MARKS:
        return seen
    end = [mark.end() for mark in _MARK.finditer(seen)][MARKS - 1]
    return seen[:end] + "…"


def _breakable(run: str, longest: int) -> str:
    seen: list[str] = _SEEN.findall(run)
    return BREAK.join("".join(seen[at : at + longest]) for at in range(0, len(seen), longest))
