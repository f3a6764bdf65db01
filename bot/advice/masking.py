"""Masking: what tells who or where the customer is becomes a placeholder before a text leaves the desk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nlu.context import Context
from nlu.entities import address, order_number, person_name, phone, serial_number
from nlu.text import clip, fold

SENT_CHARACTERS = 600
"""So much of a message is sent at most."""

_OPEN, _CLOSE = "⟦", "⟧"
_BRACKETS = str.maketrans({_OPEN: " ", _CLOSE: " "})
_FINDERS = (
    ("PHONE", phone),
    ("ORDER", order_number),
    ("SERIAL", serial_number),
    ("ADDRESS", address),
    ("NAME", person_name),
)
_SPOKEN = {
    **{char: str(i) for i, char in enumerate("零一二三四五六七八九")},
    **{char: str(i) for i, char in enumerate("零壹贰叁肆伍陆柒捌玖")},
    **{"〇": "0", "洞": "0", "幺": "1", "两": "2", "拐": "7", "勾": "9"},
}
_NUMBER = re.compile(r"\d(?:[\W_oil]{0,4}\d){4,}")
_DIGITS = re.compile(r"\d+")
_SCATTERED = 7
"""So many digits left over could still be a number told in pieces."""
_WORDS = "zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple"
_PATTERNS = (
    ("EMAIL", re.compile(r"[\w.+\-]{1,64}\s?@\s?[\w\-]+(?:\.[\w\-]+)*")),
    ("LINK", re.compile(r"(?:https?://|www\.)[^\s，。]+")),
    (
        "ACCOUNT",
        re.compile(
            r"(?:微信|wechat|weixin|wx|vx|qq|whatsapp|telegram|支付宝|alipay|line id|@)"
            r"号?(?:是|为|id|:|\s){0,4}"
            r"(?P<it>[a-z0-9][a-z0-9_.\-]{3,})"
        ),
    ),
    ("NAME", re.compile(r"[\u4e00-\u9fff]{1,2}(?:先生|女士|小姐|太太|阿姨|大爷|大妈)")),
    ("CODE", re.compile(r"(?<![a-z0-9])(?=(?:[a-z\-]*\d){4})[a-z0-9\-]{8,}")),
    ("NUMBER", re.compile(rf"\b(?:(?:{_WORDS})\b[\W_]*){{5,}}")),
)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with placeholders, and what each of them stands for."""

    text: str
    originals: Mapping[str, str]

    def unmask(self, words: str) -> str:
        """The words with the customer's own in place of the placeholders."""
        for placeholder, original in self.originals.items():
            words = words.replace(placeholder, original)
        return words


def mask(text: str, context: Context, private: Iterable[str] = ()) -> Masked:
    """The beginning of the text without phone, order and serial numbers, names, addresses and the like.

    `private` are further words that are masked wherever they stand.
    """
    read = clip(text).translate(_BRACKETS)
    originals: dict[str, str] = {}
    placeholders: dict[tuple[str, str], str] = {}
    parts, at = [], 0
    for start, end, kind in _joined(_spans(read, context, private)):
        key = (kind, read[start:end])
        if key not in placeholders:
            placeholders[key] = f"{_OPEN}{kind}_{len(placeholders) + 1}{_CLOSE}"
            originals[placeholders[key]] = read[start:end]
        parts += [read[at:start], placeholders[key]]
        at = end
    return Masked("".join([*parts, read[at:]])[:SENT_CHARACTERS], originals)


Span = tuple[int, int, str]


def _spans(read: str, context: Context, private: Iterable[str]) -> list[Span]:
    folded, figures = fold(read), _figures(read)
    found = [(e.start, e.end, kind) for kind, finder in _FINDERS for e in finder.find(read, context)]
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(folded):
            found.append((*match.span("it" if "it" in match.re.groupindex else 0), kind))
    for word in private:
        known = fold(word).strip()
        if len(known) > 1:
            found += [(*m.span(), "PRIVATE") for m in re.finditer(re.escape(known), folded)]
    found += [(*match.span(), "NUMBER") for match in _NUMBER.finditer(figures)]
    return [*found, *_scattered(figures, found)]


def _scattered(figures: str, found: list[Span]) -> Iterator[Span]:
    """Every digit outside what was found, where they are so many that they may be one number in pieces."""
    hidden = {i for start, end, _ in found for i in range(start, end)}
    rest = "".join(" " if i in hidden else char for i, char in enumerate(figures))
    if sum(char.isdecimal() for char in rest) >= _SCATTERED:
        yield from ((*match.span(), "NUMBER") for match in _DIGITS.finditer(rest))


def _figures(read: str) -> str:
    """The text in lower case with every way to write a digit as a figure; as long as the text."""
    return "".join(map(_figure, read, fold(read)))


def _figure(char: str, folded: str) -> str:
    if folded in _SPOKEN:
        return _SPOKEN[folded]
    value = unicodedata.digit(char, None)
    return folded if value is None else str(value)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch or overlap made one; the kind is that of the longest."""
    joined: list[list[tuple[int, int, str]]] = []
    reach = -1
    for span in sorted(s for s in spans if s[1] > s[0]):
        if joined and span[0] < reach:
            joined[-1].append(span)
        else:
            joined.append([span])
        reach = max(reach, span[1])
    return [
        (group[0][0], max(s[1] for s in group), max(group, key=lambda s: s[1] - s[0])[2]) for group in joined
    ]
