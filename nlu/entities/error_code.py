"""Error codes on a display: E1, F03, "E杠一"."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.entities.digits import number
from nlu.text import fold
from nlu.understanding import Entity

_CODE = re.compile(
    r"(?<![a-z0-9\-])(?P<letter>[efphucl]|err?|dr)(?P<gap>\s?[\-_杠干]?\s?)(?P<digits>\d{1,2}|[零一二三四五六七八九十]{1,2})"
    r"(?![a-z0-9\-]|[楼层号栋室座点月年天台个])"
)
_CUE = re.compile(
    r"(?:显示|报警?|报错|代码|故障码?|错误码?|提示|出现|亮|error|code|"
    r"display\w*|shows?|says?|fault|reads?)[^a-z0-9]{0,8}(?:code |is )?$"
)
_ALONE = re.compile(r"^\W*$")


def codes(text: str) -> list[str]:
    """The error codes in the text, e.g. `E1`, `F03`."""
    return [str(e.value) for e in _entities(text)]


def find(text: str, context: Context) -> list[Entity]:
    """Error codes; value like `E1`, `F03`. Letters other than E and F count only where the words say so."""
    return _entities(text)


def _entities(text: str) -> list[Entity]:
    folded = fold(text)
    found = []
    for match in _CODE.finditer(folded):
        cued = bool(_CUE.search(folded[max(0, match.start() - 16) : match.start()]))
        alone = bool(_ALONE.match(folded[: match.start()]) and _ALONE.match(folded[match.end() :]))
        spoken = not match["digits"].isdecimal()
        if not (cued or alone) and (match["letter"] not in "ef" or spoken or " " in match["gap"]):
            continue
        value = _value(match["letter"], match["digits"])
        if value:
            sure = 0.97 if cued or alone else 0.85
            start, end = match.span()
            found.append(Entity("error_code", value, text[start:end], start, end, sure, "error_code"))
    return found


def _value(letter: str, digits: str) -> str | None:
    if not digits.isdecimal():
        read = "".join(str(number(c)) for c in digits) if "十" not in digits else str(number(digits))
        digits = read
    return f"{letter[0].upper()}{digits}" if digits.isdecimal() else None
