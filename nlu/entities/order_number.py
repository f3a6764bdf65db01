"""Service order numbers: SR-YYYYMMDDNNNN, forgiving case, dashes and spaces."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.text import fold
from nlu.understanding import Entity

_NUMBER = re.compile(
    r"(?<![a-z0-9])(s\s?r|5r|st|sr-sr)?[\s\-_—–一:.#]{0,3}(20\d\d[\s\-]?[01]\d[\s\-]?[0-3]\d[\s\-]?\d{4,6})(?!\d)"
)


def find(text: str, context: Context) -> list[Entity]:
    """Order numbers; value `SR-202403150001`. Without the letters SR the confidence is lower."""
    found = []
    for match in _NUMBER.finditer(fold(text)):
        digits = re.sub(r"\D", "", match[2])
        if not ("01" <= digits[4:6] <= "12" and "01" <= digits[6:8] <= "31"):
            continue
        start = match.start() if match[1] else match.start(2)
        sure = 1.0 if match[1] in ("sr", "s r") else 0.8
        value = f"SR-{digits}"
        found.append(
            Entity("order_number", value, text[start : match.end()], start, match.end(), sure, "order")
        )
    return found
