"""Error codes on a display: E1, F03, "E杠一", 5E, OE."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.entities import product
from nlu.entities.digits import number
from nlu.text import fold
from nlu.understanding import Entity

_DIGITS = r"\d[零一幺二三四五六七八九]|\d{1,3}|[零〇一幺二三四五六七八九十]{1,3}"
_CODE = re.compile(
    rf"(?<![a-z0-9\-])(?:(?P<letter>[a-z]{{1,2}}|err)(?P<gap>\s?[\-_杠干]?\s?)(?P<digits>{_DIGITS})(?P<tail>[a-z]?)"
    r"|(?P<plain>\d[a-z]|[a-z]{2}))(?![a-z0-9\-])"
)
_PLACE = re.compile(r"\s?[楼层号栋室座幢点月年天台个米升度瓦路次块元期区]|\s?单元|[%℃]")
_LETTERS = frozenset(
    "oe de ue le ie fe pe he te ce lc cl dl ue ub uc pf af tc lo hi e f h p u l c d a".split()  # noqa: SIM905
)
"""Letters alone that displays show."""
_CUE = re.compile(
    r"(?:显示屏?|报警?|报错|代码|故障码?|错误码?|两个码|提示|出现|亮|闪|跳|出|屏上?|屏幕上?|面板上?|液晶屏|写着|error|code|codes|"
    r"display\w*|shows?|showing|says?|fault|reads?|flash\w*|panel)"
)
_FROM_CUE = re.compile(
    rf"{_CUE.pattern}(?:[^a-z0-9,;.!?]{{0,12}}(?:(?<![a-z])(?:code|codes|is|an?|error|the)\s){{0,2}}|[\s:]{{0,3}})$"
)
_SURE = re.compile(
    r"\s?(?:代码|故障|错误|闪|报警|轮着|code|error|flash\w*|is flashing|on (?:the )?(?:panel|display|screen))"
)
_FAULT = re.compile(
    r"显示|报错|报|代码|故障|闪|跳|码|屏|面板|灯|坏|不[转动热冷制]|停|机|怎么|什么|意思|display|error|code|fault|flash|shows|screen|panel|stop"
)
_BETWEEN = frozenset(" ,:")
_MOST = 12
"""Codes that are looked for in one message."""
_ALONE = re.compile(r"^\W*$")
_CHAIN = re.compile(r"(?:[\s,、/和跟与及]|and|or)*$")


def codes(text: str) -> list[str]:
    """The error codes in the text, e.g. `E1`, `F03`."""
    return [str(e.value) for e in _entities(text)]


def find(text: str, context: Context) -> list[Entity]:
    """Error codes; value like `E1`, `F03`. Letters other than E and F count only where the words say so."""
    return _entities(text, context)


def _entities(text: str, context: Context | None = None) -> list[Entity]:
    folded = fold(text)
    found: list[Entity] = []
    faulty = _FAULT.search(folded) is not None or len(folded) <= 4
    ends = frozenset() if faulty else _product_ends(text, folded, context)
    for match in _CODE.finditer(folded):
        start, end = match.span()
        if len(found) >= _MOST:
            break
        if match["plain"] and match["plain"].isalpha() and match["plain"] not in _LETTERS:
            continue
        if _PLACE.match(folded, end):
            continue
        cued = _is_cued(folded, start, end, found)
        alone = bool(_ALONE.match(folded[:start]) and _ALONE.match(folded[end:]))
        if not cued and not _is_plain(match, faulty or _follows(folded, start, ends), alone):
            continue
        value = _value(match)
        if value:
            sure = 0.97 if cued or alone else 0.85
            found.append(Entity("error_code", value, text[start:end], start, end, sure, "error_code"))
    return found


def _product_ends(text: str, folded: str, context: Context | None) -> frozenset[int]:
    """Where the appliances named in the text end, if it may hold a code at all."""
    if context is None or not _CODE.search(folded):
        return frozenset()
    return frozenset(e.end for e in product.find(text, context))


def _follows(folded: str, start: int, ends: frozenset[int]) -> bool:
    """Whether an appliance is named directly before it: "fridge E7", "空调：E1"."""
    return any(start - n in ends and _BETWEEN.issuperset(folded[start - n : start]) for n in range(3))


def _is_cued(folded: str, start: int, end: int, found: list[Entity]) -> bool:
    """Whether the words beside it call it a code, or it follows one that they call so."""
    if _FROM_CUE.search(folded[max(0, start - 24) : start]) or _SURE.match(folded, end):
        return True
    return bool(found) and _CHAIN.match(folded[found[-1].end : start]) is not None


def _is_plain(match: re.Match[str], faulty: bool, alone: bool) -> bool:
    """Whether it reads as a code without such words: E or F and figures, where something is wrong."""
    if match["plain"] or match["letter"] not in ("e", "f", "er", "err"):
        return alone and bool(match["digits"]) and match["letter"] in ("h", "p", "u", "c", "l", "de", "le")
    if match["tail"]:
        return False
    tidy = match["digits"].isdecimal() and " " not in match["gap"] and len(match["digits"]) < 3
    return alone or (tidy and faulty)


def _value(match: re.Match[str]) -> str | None:
    if match["plain"]:
        return str(match["plain"]).upper()
    digits = match["digits"]
    if "十" in digits:
        digits = str(number(digits))
    elif not digits.isdecimal():
        digits = "".join(c if c.isdecimal() else str(number(c)) for c in digits)
    letter = "er" if match["letter"] == "err" else match["letter"]
    return f"{letter}{digits}{match['tail']}".upper() if digits.isdecimal() else None
