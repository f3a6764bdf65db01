"""Numbers of invoices, where the words say that it is one."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.entities.digits import read_aloud
from nlu.text import fold
from nlu.understanding import Entity

_CUED = re.compile(
    r"(?:发票|数电票|票号|(?<![a-z])invoice)(?P<gap>[^0-9;!?]{0,14}?)"
    r"(?P<code>(?<![a-z0-9])(?:[a-z]{1,4}-?)?\d[0-9a-z]*(?:[\- ]\d[0-9a-z]*){0,3})(?![0-9a-z]|月|年)"
)
_NUMBERED = re.compile(
    r"(?:发票|invoice)[^;!?]{0,40}?(?:号码|(?<![a-z])no\.?|number)[\s:是为]{0,3}(?P<code>\d{8}(?:\d{12})?)(?!\d)"
)
"""The number itself behind the invoice's code: 发票代码 033001900104 号码 87654321."""
_OTHER = re.compile(
    r"电话|手机|联系|订单|工单|单号|序列|型号|代码|日期|时间|金额|phone|tel|order|model|serial|date|call|code"
)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_DATE = re.compile(r"20[012]\d[\-. ]?[01]?\d[\-. ]?[0-3]?\d")


def find(text: str, context: Context) -> list[Entity]:
    """Invoice numbers; value in capitals without spaces: 8 or 20 figures, or what a shop makes of it."""
    folded = read_aloud(fold(text))
    if "票" not in folded and "invoice" not in folded:
        return []
    found: list[Entity] = []
    for pattern, sure in ((_CUED, 0.9), (_NUMBERED, 0.9)):
        for match in pattern.finditer(folded):
            start, end = match.span("code")
            gap = match["gap"] if pattern is _CUED else ""
            if _OTHER.search(gap) or any(e.start < end and start < e.end for e in found):
                continue
            value = match["code"].replace(" ", "")
            if (
                sum(char.isdigit() for char in value) < 5
                or _MOBILE.fullmatch(value)
                or _DATE.fullmatch(value)
            ):
                continue
            found.append(
                Entity("invoice_number", value.upper(), text[start:end], start, end, sure, "invoice")
            )
    return found
