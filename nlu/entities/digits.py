"""Numbers in words: Chinese numerals, digits read aloud, small English numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DIGITS = (
    {c: i for i, c in enumerate("零一二三四五六七八九")}
    | {
        "〇": 0,
        "幺": 1,
        "两": 2,
        "洞": 0,
        "拐": 7,
        "勾": 9,
    }
    | {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
)
_SPOKEN_FOR = str.maketrans("几俩仨", "三二三")
_UNITS = {"十": 10, "百": 100, "千": 1000}
_ENGLISH = {
    w: i
    for i, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
        ]
    )
} | {
    "a": 1,
    "an": 1,
    "couple": 2,
    "a couple of": 2,
    "few": 3,
    "a few": 3,
    "several": 3,
    "twenty": 20,
    "thirty": 30,
}

CHINESE = r"(?:\d{1,4}|[零〇一二两三四五六七八九十百几]{1,5})"
"""Matches a number in folded Chinese text."""
ENGLISH = (
    r"(?:\d{1,4}|a couple of|couple|a few|few|several|an?|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve|fifteen|twenty|thirty)"
)
"""Matches a number in folded English text."""

_ALOUD = "零〇幺一二三四五六七八九洞拐勾壹贰叁肆伍陆柒捌玖"
_SPOKEN = re.compile(rf"[{_ALOUD}\d][{_ALOUD}\d\s,，、\-]{{5,}}[{_ALOUD}\d]")
_NAMED = re.compile(rf"[{_ALOUD}]1[3-9]\d{{9}}")
"""A mobile number whole in figures: the numeral before it ends a name (李四13900001111)."""
_WORD = r"(?:(?:double|triple)\s)?(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_SPOKEN_ENGLISH = re.compile(rf"(?<![a-z])(?:plus\s)?{_WORD}(?:[\s,\-]{{1,2}}{_WORD}){{6,16}}(?![a-z])")


def number(words: str) -> int | None:
    """The number that a word or numeral stands for, or None; 几 and "a few" count as 3, 俩 as 2."""
    if words.isascii():
        return int(words) if words.isdigit() else _ENGLISH.get(words.strip())
    if words.isdecimal():
        return int(words)
    total, current = 0, 0
    for char in words.translate(_SPOKEN_FOR):
        if char in _UNITS:
            total += (current or 1) * _UNITS[char]
            current = 0
        elif char in _DIGITS:
            current = current * 10 + _DIGITS[char] if current and not total else _DIGITS[char]
        elif char.isdecimal():
            current = current * 10 + int(char)
        else:
            return None
    return total + current


def read_aloud(text: str) -> str:
    """The folded text with digits read aloud (幺三八…) written as figures; as long as the text."""
    return _SPOKEN.sub(_figures, text)


def _figures(match: re.Match[str]) -> str:
    words = match.group()
    return words if _NAMED.fullmatch(words) else "".join(str(_DIGITS.get(c, c)) for c in words)


def read_aloud_en(text: str) -> Iterator[tuple[int, int, str]]:
    """Figures that folded English text reads aloud ("one three double eight …"): start, end, figures."""
    for match in _SPOKEN_ENGLISH.finditer(text):
        digits, times = "", 1
        for word in re.findall(r"[a-z]+", match.group()):
            if word in ("double", "triple"):
                times = 2 if word == "double" else 3
            else:
                digits += "+" if word == "plus" else str(_ENGLISH.get(word, 0)) * times
                times = 1
        yield match.start(), match.end(), digits
