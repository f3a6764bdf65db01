"""Addresses down to province, city, district and detail; Chinese by its regions, English by its shape."""

from __future__ import annotations

import re

from nlu.context import Context
from nlu.entities.regions import Region, regions
from nlu.text import fold
from nlu.understanding import Entity

_UNITS = (
    "路|街道?|大道|道|巷|弄|胡同|里|村|镇|乡|屯|庄|园|苑|城|坊|湾|府|邸|大厦|广场|中心|公寓|花园|小区|公馆|山庄"
    "|号楼?|栋|幢|座|单元|层|楼|室|户|房|院|期|街"
)
_DETAIL_END = re.compile(rf"(?:{_UNITS}|[0-9a-z\-－#]{{1,6}}(?<=\d))")
_BREAK = re.compile(
    r"[。；!?！？;\n]|[,，、](?![\u4e00-\u9fff\d]{1,12}(?:路|街|道|号|小区|花园|村|苑))|电话|手机|联系|我叫|姓名|我是|我姓"
    r"|请|麻烦|谢谢|的?(?:冰箱|空调|洗衣机|热水器|电视|油烟机)|坏|不|没|漏|打|(?:上午|下午|早上|晚上)|明天|后天|今天|1[3-9]\d{9}"
)
_NUMBERED = r"[a-z]?[0-9一二三四五六七八九十百]{1,6}[a-z]?(?:[\-－][0-9a-z]{1,5})*"
_STREET = re.compile(
    r"(?P<street>[\u4e00-\u9fff]{1,10}?(?:路|街|大道|巷|胡同|弄|道|小区|花园|公寓|大厦|家园|苑|新村|广场|村))\s?"
    rf"{_NUMBERED}(?:号院?|弄|栋|幢|座|号楼|单元|室|楼|期)"
    rf"(?:\s?{_NUMBERED}(?:号楼?|栋|幢|座|单元|层|楼|室|户|房))*(?:\d{{3,4}}室?)?"
)
_CUE = re.compile(r"(?:地址|住在|住址|位于|家在|住|送到|上门到|在)(?:是|为|改成|改为|:|：)?[\s:：]{0,2}$")
_LEAD = re.compile(
    r"^.*?(?:地址(?:是|为|改成|改为|改到)?|住址是?|住在|位于|家在|送到|改成|改为|搬到|我家在|我家|我住|住)[:：\s]*"
)
_EN_CUED = re.compile(
    r"(?:(?:my )?address(?: is|:)?|(?:i )?live (?:at|in|on)|located (?:at|in)|(?:come|deliver|ship) to"
    r"|change my address to)\s*:?\s*"
    r"(?P<cued>(?:(?:room|flat|unit|apt\.?|apartment|no\.?|floor|building|block|#)?\s*"
    r"[a-z0-9#][\w.'#\-]*(?:,?\s+[\w.'#\-]+){1,12}))",
    re.IGNORECASE,
)
_EN_STREET = re.compile(
    r"(?<!\w)(?:(?:room|flat|unit|apt\.?|apartment|block|building|floor|rm)\s*\w{1,6},?\s+){0,3}(?:no\.?\s*)?"
    r"\d{1,5}[a-z]?,?\s+(?:[a-z][\w.'\-]*\s+){1,4}"
    r"(?:road|rd|street|st|avenue|ave|lane|ln|drive|dr|boulevard|blvd|way|court|ct|square|plaza|close|crescent"
    r"|highway|gardens?)\b\.?(?:,?\s+(?:apt|unit|room|flat|#|floor)\.?\s*\w+)?"
    r"(?:,\s*[a-z][a-z' \-]{1,25}){0,3}",
    re.IGNORECASE,
)
_EN_NUMBER_LAST = re.compile(
    r"(?<![\w.])(?:[a-z][a-z'\-]+,\s*){1,3}(?:[a-z][\w'\-]*\s+){1,3}"
    r"(?:road|rd|street|avenue|ave|lane)\b\.?,?\s*(?:no\.?\s*)?\d{1,5}\b"
    r"(?:,?\s+(?:apt|unit|room|flat|floor|building|rm)\.?\s*\w+){0,2}",
    re.IGNORECASE,
)
_EN_END = re.compile(
    r"(?:,|\.|;)?\s+(?:and|my|phone|tel|call|please|but|the (?:fridge|ac|washer)|i|it|name|since|because)\b.*"
    r"|[.;!?\n].*",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST = 70


def find(text: str, context: Context) -> list[Entity]:
    """Addresses; value {"province", "city", "district", "detail", "full"}, empty where not known."""
    folded = fold(text)
    found = _regional(text, folded)
    for match in _STREET.finditer(folded):
        lead = _LEAD.match(match["street"])
        start, end = match.start() + (lead.end() if lead else 0), match.end()
        if not _overlaps(start, end, found):
            sure = 0.85 if lead or _CUE.search(folded[max(0, start - 10) : start]) else 0.75
            found.append(_entity(text, start, end, Region(), sure))
    if re.search(r"[a-z]{3}", folded):
        found += _english(text, found)
    return found


def _regional(text: str, folded: str) -> list[Entity]:
    """Addresses that begin with a region: the regions in a row, then street, number, room."""
    found: list[Entity] = []
    position = 0
    while (hit := regions().first(folded, position)) is not None:
        start, end, region = hit
        stop = _detail_end(folded, end)
        cued = bool(_CUE.search(folded[max(0, start - 8) : start]))
        bare = stop == end and not cued and not region.district
        if not bare or len(folded.strip()) <= end - start + 2:
            sure = 0.95 if stop > end and (region.city or region.district) else 0.8
            found.append(_entity(text, start, stop, region, sure, end))
        position = max(stop, end)
    return found


def _detail_end(folded: str, start: int) -> int:
    """Where the street, number and room that follow the regions end."""
    rest = folded[start : start + _LONGEST]
    if (broken := _BREAK.search(rest)) is not None:
        rest = rest[: broken.start()]
    ends = [match.end() for match in _DETAIL_END.finditer(rest)]
    return start + ends[-1] if ends else start


def _english(text: str, taken: list[Entity]) -> list[Entity]:
    found: list[Entity] = []
    for pattern, group in ((_EN_CUED, "cued"), (_EN_STREET, 0), (_EN_NUMBER_LAST, 0)):
        for match in pattern.finditer(text):
            start, end = match.span(group)
            stop = _EN_END.search(text[start:end])
            end = start + stop.start() if stop and stop.start() > 3 else end
            tells = end - start >= 6 and re.search(r"\d|,", text[start:end])
            if tells and not _overlaps(start, end, taken + found):
                found.append(_entity(text, start, end, regions().english(text[start:end].lower()), 0.85))
    return found


def _overlaps(start: int, end: int, taken: list[Entity]) -> bool:
    return any(e.start < end and start < e.end for e in taken)


def _entity(
    text: str, start: int, end: int, region: Region, sure: float, detail_at: int | None = None
) -> Entity:
    while end > start + 1 and text[end - 1] in " ,，、.。\n\t":
        end -= 1
    detail = text[start if detail_at is None else detail_at : end].strip(" ,，、的")
    value = {
        "province": region.province,
        "city": region.city,
        "district": region.district,
        "detail": detail,
        "full": text[start:end],
    }
    return Entity("address", value, text[start:end], start, end, sure, "address")
