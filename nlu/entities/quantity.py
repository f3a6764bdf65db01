"""How many: "两台空调", "3 units"."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.entities.digits import CHINESE, ENGLISH, number
from nlu.text import fold
from nlu.understanding import Entity

_ZH = re.compile(rf"(?<!第)({CHINESE})(?:台|部|套|只)(?!机)")
_EN = re.compile(
    rf"(?<![a-z0-9])({ENGLISH})\s+(?:units?|sets?|pieces?|pcs|machines?"
    r"|air ?con\w*|air conditioners|fridges|washers|heaters|tvs)(?![a-z])"
)


def find(text: str, context: Context) -> list[Entity]:
    """Numbers of appliances, 1 to 999; 几台 is too vague to count."""
    folded = fold(text)
    found = []
    for pattern in (_ZH, _EN):
        for match in pattern.finditer(folded):
            count = number(match[1])
            if count and count < 1000 and "几" not in match[1]:
                start, end = match.span()
                found.append(Entity("quantity", count, text[start:end], start, end, 0.9, "quantity"))
    return found
