"""Serial numbers: long codes of letters and digits, or whatever is called a serial number."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.text import fold
from nlu.understanding import Entity

_CUED = re.compile(
    r"(?:序列号|机身号|机身(?:上的?)?编?[码号]|(?:机器|产品|出厂|设备)(?:编[号码]|序号|号码?)|(?<![手司])机号|条码|条形码"
    r"|(?<![a-z])serial(?:\s?(?:number|num|no\.?))?|(?<![a-z])s/n|(?<![a-z])sn(?:码|号)?)"
    r"(?P<gap>[^a-z0-9;!?]{0,12}?(?:is )?)"
    r"(?P<code>[a-z0-9](?=[a-z0-9\- ]{4})[a-z0-9\-]*(?:\s[a-z0-9\-]*\d[a-z0-9\-]*){0,4})(?![a-z0-9\-])"
)
_OTHER = re.compile(r"电话|手机|联系|订单|型号|发票")
_BARE = re.compile(
    r"(?<![a-z0-9\-])(?=[a-z0-9]*\d[a-z0-9]*\d[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{10,26}(?![a-z0-9\-])"
)
_PARCEL = re.compile(r"(?:快递|运|物流)单?号?[^a-z0-9]{0,4}$|身份证[^a-z0-9]{0,6}$")


def find(text: str, context: Context) -> list[Entity]:
    """Serial numbers; value in capitals without spaces. Less sure for a bare long code."""
    folded = fold(text)
    found: list[Entity] = []
    for match in _CUED.finditer(folded):
        code = match["code"]
        if sum(char.isdigit() for char in code) >= 2 and len(code) >= 5 and not _OTHER.search(match["gap"]):
            found.append(_entity(text, *match.span("code"), 0.95))
    spans = [(e.start, e.end) for e in found]
    for match in _BARE.finditer(folded):
        if _PARCEL.search(folded[max(0, match.start() - 10) : match.start()]):
            continue
        if not any(start < match.end() and match.start() < end for start, end in spans):
            found.append(_entity(text, *match.span(), 0.7))
    return found


def _entity(text: str, start: int, end: int, confidence: float) -> Entity:
    value = "".join(fold(text[start:end]).upper().split())
    return Entity("serial_number", value, text[start:end], start, end, confidence, "serial")
