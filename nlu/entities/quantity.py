"""How many: "两台空调", "3 units", "both fridges"."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.entities.digits import CHINESE, ENGLISH, number
from nlu.text import fold
from nlu.understanding import Entity

_ZH = re.compile(
    rf"(?<!第)(?<![零〇一二两三四五六七八九十百几\d年月])({CHINESE})(?:台|部|套|只)(?!机|词|灯罩)"
)
_ZH_BEFORE = re.compile(rf"(?<!第)(?:({CHINESE})(?:个|架)|(俩|仨))(?:[\u4e00-\u9fff]{{0,2}}的)?$")
_ZH_CUED = re.compile(rf"(?:数量|台数|件数|个数)(?:是|为)?[\s:]{{0,2}}({CHINESE})(?:台|个|件|部)?")
_EN = re.compile(
    rf"(?<![a-z0-9#.\-])({ENGLISH})\s+(?:units?|sets?|pieces?|pcs|machines?|appliances?)(?![a-z])"
)
_EN_CUED = re.compile(rf"(?<![a-z])(?:quantity|qty)(?: is)?[\s:]{{0,2}}({ENGLISH})(?![a-z\d])")
_EN_BEFORE = re.compile(
    rf"(?<![a-z0-9#.\-$])((?:{ENGLISH}|both)(?: of (?:my|the|our))?)\s"
    r"(?:(?!year|yr|month|week|day|door|inch|star|ton|hp|of)[a-z]{2,12}\s)?$"
)
_APPROXIMATE = re.compile(r"[一二三四五六七八九]{2}")
_PAIRS = {"俩": 2, "仨": 3, "both": 2}
_ARTICLES = ("a", "an", "few", "a few", "several")


def find(text: str, context: Context) -> list[Entity]:
    """Numbers of appliances, 1 to 999; 几台 and 七八台 are too vague to count."""
    folded = fold(text)
    spans: list[tuple[int, int, str]] = []
    for pattern in (_ZH, _EN, _ZH_CUED, _EN_CUED):
        spans += [(*match.span(), match[1]) for match in pattern.finditer(folded)]
    for thing in context.catalogue.products.find(folded):
        offset = max(0, thing.start() - 30)
        before = folded[offset : thing.start()]
        if match := _ZH_BEFORE.search(before):
            if match[1] not in ("一", "1"):  # 一个 is hardly more than an article
                spans.append((offset + match.start(), offset + match.end(), match[1] or match[2]))
        elif match := _EN_BEFORE.search(before):
            spans.append((offset + match.start(1), offset + match.end(1), match[1].split(" of ")[0]))
    found: list[Entity] = []
    for start, end, words in spans:
        count = _PAIRS.get(words) or number(words)
        vague = "几" in words or _APPROXIMATE.search(words) or words in _ARTICLES
        if count and count < 1000 and not vague and not any(e.start < end and start < e.end for e in found):
            found.append(Entity("quantity", count, text[start:end], start, end, 0.9, "quantity"))
    return found
