"""Serial numbers: long codes of letters and digits, or whatever is called a serial number."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.text import fold
from nlu.understanding import Entity

_CUED = re.compile(
    r"(?:序列号|机身号|机身编号|机器编号|产品编号|出厂编号|条码|条形码|serial(?: ?number| no\.?)?|s/n|\bsn)"
    r"[\s:：是为#.]{0,5}(?:is )?([a-z0-9][a-z0-9\-]{4,29})"
)
_BARE = re.compile(
    r"(?<![a-z0-9\-])(?=[a-z0-9]*\d[a-z0-9]*\d[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{10,26}(?![a-z0-9\-])"
)


def find(text: str, context: Context) -> list[Entity]:
    """Serial numbers; value in capitals. Sure where the words name it, less for a bare long code."""
    folded = fold(text)
    found = []
    for match in _CUED.finditer(folded):
        if any(char.isdigit() for char in match[1]):
            found.append(_entity(text, *match.span(1), 0.95))
    spans = [(e.start, e.end) for e in found]
    for match in _BARE.finditer(folded):
        if not any(start < match.end() and match.start() < end for start, end in spans):
            found.append(_entity(text, *match.span(), 0.7))
    return found


def _entity(text: str, start: int, end: int, confidence: float) -> Entity:
    value = fold(text[start:end]).upper()
    return Entity("serial_number", value, text[start:end], start, end, confidence, "serial")
