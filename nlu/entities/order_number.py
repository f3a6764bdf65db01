"""Order numbers: our own (SR-YYYYMMDDNNNN, case, dashes, spaces forgiven), and a shop's, called so."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.text import fold
from nlu.understanding import Entity

_NUMBER = re.compile(
    r"(?<![a-z0-9])(s\s?r|5r|st|sr-sr)?[\s\-_—–一杠:.#]{0,3}(20\d\d[\s\-]?[01]\d[\s\-]?[0-3]\d[\s\-]?\d{4,6})(?!\d)"
)
_SHOP = re.compile(
    r"(?:(?<!快递)(?<!运)(?<!物流)(?:订单|订单编|单)(?:号码?|编号|id)?|(?<![a-z])order(?:\s(?:number|no\.?|num|id|is))*)"
    r"[\s:是为#.]{0,4}(?P<code>[a-z]{0,3}\d[0-9a-z]*(?:-[0-9a-z]{1,20}){0,3})(?![a-z0-9\-])"
)


def find(text: str, context: Context) -> list[Entity]:
    """Order numbers; our own as `SR-202403150001`, less sure without the letters SR; a shop's in capitals."""
    found = []
    folded = fold(text)
    for match in _NUMBER.finditer(folded):
        digits = re.sub(r"\D", "", match[2])
        if not ("01" <= digits[4:6] <= "12" and "01" <= digits[6:8] <= "31"):
            continue
        start = match.start() if match[1] else match.start(2)
        sure = 1.0 if match[1] in ("sr", "s r") else 0.8
        value = f"SR-{digits}"
        found.append(_entity(text, start, match.end(), value, sure))
    for match in _SHOP.finditer(folded):
        start, end = match.span("code")
        long_enough = sum(char.isdigit() for char in match["code"]) >= 6
        if long_enough and not any(e.start < end and start < e.end for e in found):
            found.append(_entity(text, start, end, match["code"].upper(), 0.7))
    return found


def _entity(text: str, start: int, end: int, value: str, sure: float) -> Entity:
    return Entity("order_number", value, text[start:end], start, end, sure, "order")
