"""Addresses down to province, city, district and detail; Chinese by its regions, English by its shape."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.entities.regions import Region, regions
from nlu.text import fold
from nlu.understanding import Entity

_DETAIL = re.compile(
    r"^[\s,，、的]{0,2}(?P<detail>[\u4e00-\u9fffa-z0-9\-－#()（）·\s]{0,60}?(?:路|街|道|巷|弄|胡同|里|村|镇|乡|屯|庄|园|苑|城|区|坊|湾|府|邸|家园|大厦|广场|中心|公寓|花园|小区|公园"
    r"|号楼?|栋|幢|座|单元|层|楼|室|户|房|门)(?:[a-z0-9一二三四五六七八九十百\-－#()（）东南西北中\s]{0,12}(?:号院?|弄|栋|幢|座|单元|层|楼|室|户|房|门|号楼|期|院))*(?:[a-z]?\d{1,5}[a-z]?(?:室|号|户)?)?)"
)
_STREET = re.compile(
    r"(?P<street>[\u4e00-\u9fff]{1,8}?(?:路|街|大道|巷|胡同|弄|道|小区|花园|公寓|大厦|家园|苑|新村|广场|村)\s?(?:[a-z]?[0-9一二三四五六七八九十百\-－]{1,8})(?:号院?|弄|栋|幢|座|号楼|单元|室|楼|期)"
    r"(?:[a-z0-9一二三四五六七八九十百\-－\s]{1,8}(?:号楼?|栋|幢|座|单元|层|楼|室|户|房))*(?:\d{3,4}室?)?)"
)
_CUE = re.compile(r"(?:地址|住在|住址|位于|家在|住|送到|上门到|在)(?:是|为|改成|改为|:|：)?[\s:：]{0,2}$")
_LEAD = re.compile(r"^(?:我家?的?|家里?|的|地址是?|住址?是?|住在?|位于|在|家在|是|改成|改为|送到|我|到|去|来|电话|从)+[:：\s]*")
_EN = re.compile(
    r"(?:(?:(?:my )?address(?: is|:)?|(?:i )?live (?:at|in|on)|located (?:at|in)|(?:come|deliver|ship) to|change my address to)\s*:?\s*)"
    r"(?P<cued>(?:(?:room|flat|unit|apt\.?|apartment|no\.?|floor|building|block|#)?\s*[a-z0-9#][\w.'#\-]*(?:,?\s+[\w.'#\-]+){1,12}))",
    re.IGNORECASE,
)
_EN_STREET = re.compile(
    r"(?<![\w])(?:(?:room|flat|unit|apt\.?|apartment|block|building|floor|rm)\s*\w{1,6},?\s+){0,3}(?:no\.?\s*)?\d{1,5}[a-z]?,?\s+(?:[a-z][\w.'\-]*\s+){1,4}"
    r"(?:road|rd|street|st|avenue|ave|lane|ln|drive|dr|boulevard|blvd|way|court|ct|square|plaza|close|crescent|highway|garden|gardens)\b\.?"
    r"(?:,?\s+(?:apt|unit|room|flat|#|floor)\.?\s*\w+)?(?:,\s*[a-z][a-z' \-]{1,25}){0,3}",
    re.IGNORECASE,
)
_STOP_EN = re.compile(
    r"(?:,|\.|;)?\s+(?:and|my|phone|tel|call|please|but|the (?:fridge|ac|washer)|i|it|name|since|because)\b.*|[.;!?\n].*", re.I | re.S
)


def find(text: str, context: Context) -> list[Entity]:
    """Addresses; value {"province", "city", "district", "detail", "full"}, empty where not known."""
    folded = fold(text)
    found = _regional(text, folded)
    spans = [(e.start, e.end) for e in found]
    for match in _STREET.finditer(folded):
        lead = _LEAD.match(match["street"])
        start, end = match.start() + (lead.end() if lead else 0), match.end()
        if not any(s < end and start < e for s, e in spans):
            sure = 0.85 if _CUE.search(folded[: match.start() + (lead.end() if lead else 0)][-10:]) else 0.75
            found.append(_entity(text, start, end, Region(), sure))
    return found + _english(text, found)


def _regional(text: str, folded: str) -> list[Entity]:
    """Addresses that begin with a region: the regions in a row, then street, number, room."""
    found: list[Entity] = []
    position = 0
    while (hit := regions().first(folded, position)) is not None:
        start, end, region = hit
        position = end
        detail = _DETAIL.match(folded[end : end + 90])
        stop = end + detail.end() if detail else end
        cued = bool(_CUE.search(folded[max(0, start - 8) : start]))
        weak = not detail and not cued and not region.district
        if weak and len(folded.strip()) > stop - start + 2:
            continue
        if text[start:stop].strip():
            sure = 0.95 if detail and (region.city or region.district) else 0.8
            found.append(_entity(text, start, stop, region, sure, end))
        position = max(stop, end)
    return found


def _english(text: str, taken: list[Entity]) -> list[Entity]:
    found: list[Entity] = []
    for pattern, group in ((_EN, "cued"), (_EN_STREET, 0)):
        for match in pattern.finditer(text):
            start, end = match.span(group)
            stop = _STOP_EN.search(text[start:end])
            end = start + stop.start() if stop and stop.start() > 3 else end
            clash = any(e.start < end and start < e.end for e in [*taken, *found])
            if not clash and end - start >= 6 and re.search(r"\d|,", text[start:end]):
                region = regions().english(text[start:end].lower())
                found.append(_entity(text, start, end, region, 0.85))
    return found


def _entity(text: str, start: int, end: int, region: Region, sure: float, detail_at: int | None = None) -> Entity:
    while end > start and text[end - 1] in " ,，、.。\n\t":
        end -= 1
    detail = text[detail_at if detail_at is not None else start : end].strip(" ,，、的")
    value = {
        "province": region.province,
        "city": region.city,
        "district": region.district,
        "detail": detail,
        "full": text[start:end],
    }
    return Entity("address", value, text[start:end], start, end, sure, "address")
